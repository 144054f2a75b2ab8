package disk

// OpenFiles returns how many files this process may have open: memory alone
// bounds that here.
func OpenFiles() int { return manyFiles }
