// Takes over the dead spools of a root, as one of several that do so at the same moment.
import { parentPort, workerData } from 'node:worker_threads'
import { DeadSpools } from '../../../../src/node/spool/index.ts'

const { root, gate } = workerData as { readonly root: string; readonly gate: SharedArrayBuffer }
const dead = new DeadSpools(root)
// The thread lives on, as one that has ended owns nothing.
parentPort?.on('message', () => undefined)
parentPort?.postMessage('ready')
Atomics.wait(new Int32Array(gate), 0, 0)
parentPort?.postMessage(dead.take().map(({ id }) => id))
