// Vitest's set-up of each test file, and of each Node program that a test starts: threads of the packages, and the command line, are
// started from the bundles that build-threads.ts has made.
import { existsSync } from 'node:fs'
import { registerHooks, syncBuiltinESMExports } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import threads from 'node:worker_threads'
import { builtProgram, builtThread, PROGRAM } from './built-thread.ts'

const OF_PACKAGE = /\/packages\/(?:\w+\/)?[\w-]+\/src\/[\w-]*worker\.ts$/
const Plain = threads.Worker

threads.Worker = class Worker extends Plain {
  constructor(program: string | URL, options?: threads.WorkerOptions) {
    super(built(program), options)
  }
}
syncBuiltinESMExports()

const [, main = ''] = process.argv
if (main.endsWith(`/${PROGRAM}`)) startBuilt(main)

function built(program: string | URL): string | URL {
  if (!(program instanceof URL) || !OF_PACKAGE.test(program.pathname)) return program
  const path = builtThread(fileURLToPath(program))
  return existsSync(path) ? path : program
}

function startBuilt(source: string): void {
  const path = builtProgram(source.slice(0, -PROGRAM.length))
  if (!existsSync(path)) return
  const [from, to] = [source, path].map((each) => pathToFileURL(each).href)
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context)
      return found.url === from && to ? { ...found, url: to, format: 'module' } : found
    }
  })
}
