package disk

// manyFiles is more than this program ever has open.
const manyFiles = 1 << 20
