// Loaded before a program (`node --import`), also in its workers: notes each function of the
// packages that is entered, with the time, as a line of a file of the thread in $TRACE_FOLDER.
import { openSync, writeSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes, syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import threads, { threadId, type WorkerOptions } from 'node:worker_threads'
import { parseSync, Visitor } from 'oxc-parser'

type Edit = readonly [at: number, text: string]

const handle = openSync(join(process.env.TRACE_FOLDER ?? '.', `thread-${threadId}`), 'a')
Object.assign(globalThis, {
  enterFunction: (file: string): void => {
    writeSync(handle, `${performance.timeOrigin + performance.now()} ${file}\n`)
  }
})

// Journals start their workers without the arguments of the process.
threads.Worker = class extends threads.Worker {
  constructor(program: string | URL, options: WorkerOptions = {}) {
    super(program, { ...options, execArgv: ['--import', import.meta.url] })
  }
}
syncBuiltinESMExports()

registerHooks({
  load(url, context, next) {
    const file = /\/packages\/(.+\/src\/.+\.ts)$/.exec(url)?.[1]
    const loaded = next(url, context)
    if (file === undefined || file.includes('node_modules') || !loaded.source) return loaded
    const source = traced(file, stripTypeScriptTypes(loaded.source.toString()))
    return { ...loaded, format: 'module', source }
  }
})

/** JavaScript whose functions call `enterFunction` first. */
function traced(file: string, code: string): string {
  const call = `enterFunction(${JSON.stringify(file)})`
  const edits: Edit[] = []
  const enter = (body: { type: string; start: number; end: number } | null): void => {
    if (body === null) return
    const isBlock = body.type === 'BlockStatement' || body.type === 'FunctionBody'
    if (isBlock) edits.push([body.start + 1, `${call};`])
    else edits.push([body.start, `(${call}, `], [body.end, ')'])
  }
  new Visitor({
    FunctionDeclaration: ({ body }) => enter(body),
    FunctionExpression: ({ body }) => enter(body),
    ArrowFunctionExpression: ({ body }) => enter(body)
  }).visit(parseSync('traced.js', code).program)
  return edits
    .toSorted(([one], [other]) => other - one)
    .reduce((text, [at, added]) => text.slice(0, at) + added + text.slice(at), code)
}
