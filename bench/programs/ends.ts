// Ends a thread or a process that makes calls, once they are answered: ends.ts <how> <path of calls.ts> <its arguments>
import cluster from 'node:cluster'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

const [how = '', program = '', ...args] = process.argv.slice(2)
if (how === 'cluster kill') {
  cluster.setupPrimary({ exec: program, args })
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
