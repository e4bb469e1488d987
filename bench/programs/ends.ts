// Ends a thread or a process that makes calls, once they are answered: ends.ts <how> <arguments of calls.ts>
import cluster from 'node:cluster'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const [how = '', ...args] = process.argv.slice(2)
const program = new URL('./calls.ts', import.meta.url)
if (how === 'cluster kill') {
  cluster.setupPrimary({ exec: program.pathname, args })
  const worker = cluster.fork()
  await once(worker, 'message')
  worker.kill('SIGKILL')
  await once(worker, 'exit')
} else {
  const worker = new Worker(program, { argv: args })
  await once(worker, 'message')
  if (how === 'terminate') await worker.terminate()
  else process.exit(0)
}
