// killed-rekey.ts FILE KEY NEXT MS: changes the key of a database, and is killed after some milliseconds.
import { Worker } from 'node:worker_threads'
import { readDatabaseKey, rekeyDatabase, unlockDatabase } from '@slm-audit/sqlite'

const [file = '', key = '', next = '', ms = '0'] = process.argv.slice(2)
const killer = `setTimeout(() => process.kill(process.pid, 'SIGKILL'), ${Number(ms)})`
const worker = new Worker(killer, { eval: true })
await new Promise((resolve) => worker.once('online', resolve))
unlockDatabase(file, { file: key })
rekeyDatabase(file, readDatabaseKey({ file: next }))
process.kill(process.pid, 'SIGKILL')
