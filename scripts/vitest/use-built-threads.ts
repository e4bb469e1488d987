// Vitest's set-up of each test file, and of each Node program that a test starts: threads of the packages are started
// from the bundles that build-threads.ts has made.
import { existsSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { fileURLToPath } from 'node:url'
import threads from 'node:worker_threads'
import { builtThread } from './built-thread.ts'

const OF_PACKAGE = /\/packages\/(?:\w+\/)?[\w-]+\/src\/[\w-]*worker\.ts$/
const Plain = threads.Worker

threads.Worker = class Worker extends Plain {
  constructor(program: string | URL, options?: threads.WorkerOptions) {
    super(built(program), options)
  }
}
syncBuiltinESMExports()

function built(program: string | URL): string | URL {
  if (!(program instanceof URL) || !OF_PACKAGE.test(program.pathname)) return program
  const path = builtThread(fileURLToPath(program))
  return existsSync(path) ? path : program
}
