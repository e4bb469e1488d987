import type { CallSummary } from '../call-summary.ts'
import type { Session, SessionRun, SessionStep } from './session.ts'

/** A pause that is longer than this ends a run: an application's own work between two calls is shorter. */
const PAUSE_MS = 2_000

/** The timeline of a session from the summaries of its records, in any order. At least one is a step. */
export function makeSession(session: string, records: readonly CallSummary[]): Session {
  const calls = records
    .filter(({ stage }) => stage !== 'event')
    .sort((one, other) => beganAt(one) - beganAt(other) || one.index - other.index)
  const start = Math.min(...calls.map(beganAt))
  const runs = runsOf(calls, start)
  const values = (read: (call: CallSummary) => string | undefined) => [
    ...new Set(calls.flatMap((call) => read(call) ?? []))
  ]
  const [tenant] = values((call) => call.tenant).slice(-1)
  const slowest = slowestOf(calls)
  const question = calls.find((call) => call.kind === 'call' && call.question)?.question
  const answer = calls.findLast((call) => call.kind === 'call' && call.answer)?.answer
  const sum = (read: (call: CallSummary) => number | undefined) =>
    calls.reduce((all, call) => all + (read(call) ?? 0), 0)
  return {
    session,
    beganAt: new Date(start).toISOString(),
    endedAt: new Date(Math.max(...calls.map(endedAt))).toISOString(),
    users: values(({ user }) => user),
    ...(tenant !== undefined && { tenant }),
    services: values(
      ({ service, version }) => service && [service, version].filter(Boolean).join(' ')
    ),
    stepCount: calls.length,
    errorCount: calls.filter(({ stage }) => stage === 'error').length,
    openCount: calls.filter(({ stage }) => stage === 'received').length,
    busyMs: runs.reduce((all, { durationMs }) => all + durationMs, 0),
    ...(slowest && { slowest }),
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    ...(question !== undefined && { question }),
    ...(answer !== undefined && { answer }),
    runs,
    annotations: records
      .filter(({ kind }) => kind === 'annotation')
      .sort((one, other) => one.index - other.index)
  }
}

/** What a step is called: the tool that ran, or the model. */
export function stepName({ kind, tool, model, operation }: CallSummary): string {
  if (kind === 'tool' && tool !== undefined) return tool
  return model ?? operation ?? kind
}

function runsOf(calls: readonly CallSummary[], start: number): SessionRun[] {
  const runs: { pauseMs?: number; durationMs: number; steps: SessionStep[]; end: number }[] = []
  const depths = new Map<string, number>()
  for (const call of calls) {
    const last = runs.at(-1)
    const parentDepth = call.parent === undefined ? undefined : depths.get(call.parent)
    // The call that asked for a tool is over when the tool runs: it stands beside it.
    const depth = parentDepth === undefined || call.kind === 'tool' ? 0 : parentDepth + 1
    depths.set(call.auditId, depth)
    const step = { ...call, offsetMs: beganAt(call) - start, depth }
    if (last && beganAt(call) - last.end <= PAUSE_MS) {
      last.steps.push(step)
      last.end = Math.max(last.end, endedAt(call))
      last.durationMs = last.end - start - (last.steps[0]?.offsetMs ?? 0)
      continue
    }
    const pauseMs = last && beganAt(call) - last.end
    const durationMs = call.durationMs ?? 0
    runs.push({
      ...(pauseMs !== undefined && { pauseMs }),
      durationMs,
      steps: [step],
      end: endedAt(call)
    })
  }
  return runs.map(({ end: _, ...run }) => run)
}

function slowestOf(calls: readonly CallSummary[]): Session['slowest'] {
  const times = new Map<string, number>()
  // What stands around other steps has their time.
  const around = new Set(
    calls.flatMap(({ kind, parent }) => (kind === 'tool' ? [] : (parent ?? [])))
  )
  for (const call of calls) {
    if (around.has(call.auditId)) continue
    const name = stepName(call)
    times.set(name, (times.get(name) ?? 0) + (call.durationMs ?? 0))
  }
  const [most] = [...times].sort(([, one], [, other]) => other - one)
  if (!most || times.size < 2) return undefined
  return { name: most[0], durationMs: most[1] }
}

function beganAt({ receivedAt }: CallSummary): number {
  return Date.parse(receivedAt)
}

function endedAt(call: CallSummary): number {
  return beganAt(call) + (call.durationMs ?? 0)
}
