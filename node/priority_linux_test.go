package node

import (
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
)

const lowerEnv = "HOMEROLL_TEST_LOWER_PRIORITY"

// Every thread of a process is behind others, those that begin later, too, and so is what it starts.
func TestLowPriorityHoldsForAllThreads(t *testing.T) {
	if os.Getenv(lowerEnv) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestLowPriorityHoldsForAllThreads$")
		cmd.Env = append(os.Environ(), lowerEnv+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	var threads, hold sync.WaitGroup
	hold.Add(1)
	begin := func(n int) {
		var begun sync.WaitGroup
		begun.Add(n)
		for range n {
			threads.Go(func() { runtime.LockOSThread(); begun.Done(); hold.Wait() })
		}
		begun.Wait()
	}
	begin(10)
	if err := LowerPriority(); err != nil {
		t.Fatal(err)
	}
	begin(10)
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil || len(tasks) < 20 {
		t.Fatalf("%d threads, %v", len(tasks), err)
	}
	for _, task := range tasks {
		stat, err := os.ReadFile("/proc/self/task/" + task.Name() + "/stat")
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		if nice, _ := strconv.Atoi(strings.Fields(rest)[16]); nice < lowNice {
			t.Errorf("thread %s has nice %d", task.Name(), nice)
		}
	}
	hold.Done()
	threads.Wait()
}
