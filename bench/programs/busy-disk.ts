// Writes four mebibytes to a file and waits for the disk, over and over, until it or who started it is killed: busy-disk.ts FILE
import { fdatasyncSync, openSync, writeSync } from 'node:fs'

const PLACES = 16
const bytes = Buffer.alloc(4 * 2 ** 20, 'x')
const file = openSync(process.argv[2] ?? '', 'w')
const starter = process.ppid
for (let at = 0; process.ppid === starter; at = (at + 1) % PLACES) {
  writeSync(file, bytes, 0, bytes.length, at * bytes.length)
  fdatasyncSync(file)
}
