// Plays the application of one framework against a server of models on loopback, with slm-audit as its page says,
// and prints what is recorded of it as JSON: play-app.ts FILE
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AuditedCall, Reader } from 'slm-audit'
import { type AuditLog, createAuditLog, openReader } from 'slm-audit'
import { startModelServer } from './server/model-server.ts'

/** What an application of a framework is given. */
export interface Stage {
  readonly log: AuditLog
  /** Where the server of models is. */
  readonly url: string
  /** The tool of the applications: counts how often it runs. */
  readonly weather: (input?: unknown) => string
  /** Plays one scene in a session of its own. */
  play(scene: Scene, run: () => Promise<unknown>): Promise<void>
}

/** What the applications play: one answer, one that streams, one after a tool, and what only some have. */
export type Scene = 'plain' | 'stream' | 'tools' | 'more'

/** What came of one scene. */
export interface Played {
  /** Requests to models, as the server saw them. */
  readonly requests: number
  /** How often the application's tool ran. */
  readonly toolRuns: number
  /** Records of calls that ended well, with an answer. */
  readonly calls: number
  /** Records of calls that did not. */
  readonly others: number
  readonly streamed: number
  /** Records of tools, and those below the call that asked. */
  readonly tools: number
  readonly linkedTools: number
  readonly steps: number
  readonly callsInSteps: number
  /** Records without the session that they belong to. */
  readonly strays: number
  /** The records as a tree, to read. */
  readonly tree: readonly string[]
}

/** What came of an application. */
export interface AppResult {
  readonly scenes: { readonly [scene: string]: Played }
  readonly problems: readonly string[]
  readonly failures: readonly string[]
}

interface App {
  readonly app: (stage: Stage) => Promise<void>
}

/** Plays the application in `file`. */
async function playApp(file: string): Promise<AppResult> {
  const folder = mkdtempSync(join(tmpdir(), 'frameworks-'))
  const database = join(folder, 'audit.db')
  const problems: string[] = []
  const failures: string[] = []
  const scenes: { [scene: string]: Played } = {}
  await using server = await startModelServer()
  const log = await createAuditLog({
    file: database,
    service: 'frameworks',
    onProblem: ({ code, message }) => problems.push(`${code}: ${message}`)
  })
  const reader = await openReader(database)
  const seen = new Set<string>()
  let toolRuns = 0
  const stage: Stage = {
    log,
    url: server.url,
    weather: () => {
      toolRuns += 1
      return 'rain'
    },
    async play(scene, run) {
      const [requests, runs] = [server.requests.length, toolRuns]
      try {
        await log.withContext({ session: scene }, run)
      } catch (error) {
        failures.push(`${scene}: ${String(error instanceof Error ? error.stack : error)}`)
      }
      // A client may end its last request a little after its answer.
      await new Promise((resolve) => setTimeout(resolve, 50))
      await log.flush()
      const calls = await newCalls(reader, seen)
      scenes[scene] = {
        requests: server.requests.length - requests,
        toolRuns: toolRuns - runs,
        ...countsOf(calls, scene)
      }
    }
  }
  const { app } = (await import(file)) as App
  await app(stage)
  await reader[Symbol.asyncDispose]()
  await log.close()
  rmSync(folder, { recursive: true, force: true })
  return { scenes, problems, failures }
}

async function newCalls(reader: Reader, seen: Set<string>): Promise<AuditedCall[]> {
  const { items } = await reader.query({}, { limit: 1000, complete: true })
  const fresh = items.filter(({ auditId }) => !seen.has(auditId)).reverse()
  const calls: AuditedCall[] = []
  for (const { auditId, kind } of fresh) {
    seen.add(auditId)
    const call = await reader.get(auditId)
    if (call && ['call', 'tool', 'step'].includes(kind)) calls.push(call)
  }
  return calls
}

function countsOf(all: readonly AuditedCall[], scene: string) {
  const of = (kind: string) => all.filter(({ record }) => record.kind === kind)
  const kinds = new Map(all.map(({ auditId, record }) => [auditId, record.kind]))
  const isBelow = (kind: string) => (call: AuditedCall) =>
    kinds.get(call.record.parent ?? '') === kind
  const [calls, tools] = [of('call'), of('tool')]
  const whole = calls.filter(({ stage, contents }) => stage === 'complete' && 'output' in contents)
  const streamed = whole.filter(
    ({ record: { call, timing } }) => call?.stream === true && (timing?.chunks ?? 0) > 0
  )
  return {
    calls: whole.length,
    others: calls.length - whole.length,
    streamed: streamed.length,
    tools: tools.length,
    linkedTools: tools.filter(isBelow('call')).length,
    steps: of('step').length,
    callsInSteps: calls.filter((call) => isBelow('step')(call) || isBelow('tool')(call)).length,
    strays: all.filter(({ record }) => record.context?.session !== scene).length,
    tree: treeOf(all)
  }
}

function treeOf(calls: readonly AuditedCall[]): string[] {
  const known = new Set(calls.map(({ auditId }) => auditId))
  const below = (parent: string | undefined, indent: string): string[] =>
    calls
      .filter(({ record }) =>
        parent === undefined ? !known.has(record.parent ?? '') : record.parent === parent
      )
      .flatMap((call) => [indent + lineOf(call), ...below(call.auditId, `${indent}  `)])
  return below(undefined, '')
}

function lineOf({ stage, record, contents }: AuditedCall): string {
  const { call, kind, timing } = record
  const words = [kind, call?.operation, call?.name ?? call?.model, call?.provider, call?.protocol]
  const told = words.filter((word) => word !== undefined).join(' ')
  const chunks = timing?.chunks === undefined ? '' : ` ${timing.chunks} chunks`
  return `${told} ${stage}${chunks} [${Object.keys(contents).join(' ')}]`
}

const [file = ''] = process.argv.slice(2)
const result = await playApp(file)
// Some frameworks hold the process by timers of theirs.
process.stdout.write(`\n${JSON.stringify(result)}\n`, () => process.exit(0))
