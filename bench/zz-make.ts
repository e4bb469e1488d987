import { mkdirSync } from 'node:fs'
import { IndexFile } from '../packages/journals/sqlite/src/index/index-file.ts'
import { openForWriting } from '../packages/journals/sqlite/src/store/open-database.ts'
import { Writer } from '../packages/journals/sqlite/src/store/writer.ts'
import { appendVaried } from './varied-log.ts'
const file = '/tmp/keeping/m1/audit.db'
mkdirSync('/tmp/keeping/m1', { recursive: true })
const N = Number(process.argv[2])
const db = openForWriting(file, 'memory', 'example.com/bench')
const w = new Writer(db, 'bench')
let t = performance.now()
appendVaried(w, 0, N, N)
console.log('appended', performance.now() - t)
const index = new IndexFile(db, file)
t = performance.now()
while (!index.advance({ deadline: performance.now() + 1000 }));
console.log('indexed', performance.now() - t)
index.close(); db.pragma('wal_checkpoint(TRUNCATE)'); db.close()
