// Package cpace is the CPACE-X25519-SHA512 suite of draft-irtf-cfrg-cpace.
package cpace
