import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { Worker } from 'node:worker_threads'

interface Digesting {
  readonly worker?: Worker
  readonly digest: Promise<string>
}

const digests = new Map<string, Digesting>()

/** Starting a thread takes longer than hashing this many bytes. */
const SMALL = 1024 * 1024

/** As text, so that bundlers need not find a file. */
const HASH_FILE = `
  const { createHash } = require('node:crypto')
  const { createReadStream } = require('node:fs')
  const { parentPort, workerData } = require('node:worker_threads')
  const hash = createHash('sha256')
  createReadStream(workerData, { highWaterMark: 1024 * 1024 })
    .on('data', (bytes) => hash.update(bytes))
    .on('end', () => parentPort.postMessage(hash.digest('hex')))
`

/**
 * SHA-256 of a file in lower-case hexadecimal, computed once per path, size and time of last
 * change; for a large file in a thread of its own, which keeps the process alive only where `hold`
 * is set.
 *
 * Rejects with the error of the file system when the file cannot be read.
 */
export async function fileDigest(path: string, hold = false): Promise<string> {
  const { size, mtimeMs } = await stat(path)
  const key = `${path}\n${size}\n${mtimeMs}`
  const digesting = digests.get(key) ?? startDigest(path, size)
  digests.set(key, digesting)
  if (hold) digesting.worker?.ref()
  try {
    return await digesting.digest
  } catch (error) {
    digests.delete(key)
    throw error
  }
}

function startDigest(path: string, size: number): Digesting {
  if (size <= SMALL) return { digest: digestSmall(path) }
  const worker = new Worker(HASH_FILE, { eval: true, workerData: path, execArgv: [] })
  worker.unref()
  const digest = new Promise<string>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
  return { worker, digest }
}

async function digestSmall(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
}
