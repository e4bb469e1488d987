// Opens a log that a killed process left, and prints how many milliseconds it took until all of it was taken in: takes-in.ts <file>
import { sqliteJournal } from '@slm-audit/sqlite'

const [file = ''] = process.argv.slice(2)
// A journal without a log does not keep a process alive.
const alive = setInterval(() => undefined, 1_000)
const began = performance.now()
const journal = await sqliteJournal({ file })
await journal.takenOver?.()
console.log(performance.now() - began)
await journal[Symbol.asyncDispose]()
clearInterval(alive)
