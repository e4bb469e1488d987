import { createAuditLog, type PolicyDocument, type PolicyRule } from '@slm-audit/core'
import { nodePlatform, nodeSha256 } from '@slm-audit/core/node'
import { sqliteJournal } from '@slm-audit/sqlite'
import { detectorsOf } from '../packages/core/src/protect/detectors.ts'
import { Redactor } from '../packages/core/src/protect/redactor.ts'
import {
  type Effort,
  interleave,
  microseconds,
  type Result,
  threadMicroseconds,
  withFile
} from './harness.ts'

const words = 'Where is order 4711 from March, and when will it arrive? I asked about it before. '

const others: PolicyRule[] = Array.from({ length: 29 }, (_, at) => ({
  name: `team-${at}`,
  level: 'Metadata',
  match: {
    tenants: [`tenant-${at}`, `group-${at}-*`],
    models: `model-${at}*`,
    tags: { tier: `tier-${at}` }
  }
}))
const all: PolicyRule = { name: 'all', level: 'RequestResponse' }
const refusing: PolicyRule = {
  name: 'no',
  level: 'Metadata',
  match: { users: 'nobody' },
  deny: 'no'
}
const redacting: PolicyRule = { ...all, redact: [{ detectors: ['secrets', 'personal'] }] }

const POLICIES: { readonly [name: string]: PolicyDocument | undefined } = {
  none: undefined,
  rules: { rules: [...others, all] },
  deny: { rules: [...others, refusing, all] },
  redact: { rules: [redacting] }
}

/** What a policy costs: the caller, the journal's thread, and each kilobyte of what is redacted. */
export async function policyCost({ rounds, scale }: Effort): Promise<Result[]> {
  const calls = Math.round(1_000 * scale)
  const caller = await interleave(rounds, {
    none: () => withLog('none', (log) => callerCost(log, calls)),
    rules: () => withLog('rules', (log) => callerCost(log, calls)),
    deny: () => withLog('deny', (log) => callerCost(log, calls))
  })
  const speed = await interleave(rounds, {
    none: () => withLog('none', (log) => recordsPerSecond(log, calls)),
    redact: () => withLog('redact', (log) => recordsPerSecond(log, calls))
  })
  const added = caller.deny - caller.none
  return [
    {
      what: 'main-thread CPU per call with a policy of 30 rules',
      ours: microseconds(caller.rules),
      control: `without ${microseconds(caller.none)}`,
      ratio: (caller.rules / caller.none).toFixed(2),
      aim: '≤ 1.02',
      met: caller.rules / caller.none <= 1.02
    },
    {
      what: 'the same with a rule that denies, beyond one without a policy',
      ours: microseconds(added),
      control: `without ${microseconds(caller.none)}`,
      ratio: (caller.deny / caller.none).toFixed(2),
      aim: '≤ 5 µs',
      met: added <= 5
    },
    {
      what: 'records per second with all detectors',
      ours: speed.redact.toFixed(0),
      control: `without a policy ${speed.none.toFixed(0)}`,
      ratio: (speed.redact / speed.none).toFixed(2),
      aim: '≥ 0.5',
      met: speed.redact / speed.none >= 0.5
    },
    ...[1, 100].map((kilobytes) => redaction(kilobytes, rounds))
  ]
}

type Log = ReturnType<typeof createAuditLog>

function withLog(name: string, measure: (log: Log) => Promise<number>): Promise<number> {
  return withFile(async (file) => {
    const policy = POLICIES[name]
    const log = createAuditLog({
      journal: await sqliteJournal({ file }),
      platform: nodePlatform(),
      ...(policy && { policy })
    })
    try {
      return await measure(log)
    } finally {
      await log.close()
    }
  })
}

async function record(log: Log, calls: number): Promise<void> {
  const request = { operation: 'chat', provider: 'bench', model: 'm', input: words.repeat(12) }
  for (let index = 0; index < calls; index++) {
    log.withContext({ user: 'u-7', tenant: 't' }, () => {
      const call = log.open(request)
      void call.admitted()
      call.complete({ output: words.repeat(6) })
    })
    if (index % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
  }
}

async function callerCost(log: Log, calls: number): Promise<number> {
  await record(log, Math.ceil(calls / 4))
  const from = threadMicroseconds()
  await record(log, calls)
  const cost = (threadMicroseconds() - from) / calls
  await log.flush()
  return cost
}

async function recordsPerSecond(log: Log, calls: number): Promise<number> {
  await record(log, Math.ceil(calls / 4))
  await log.flush()
  const from = performance.now()
  await record(log, calls)
  await log.flush()
  return (calls * 2_000) / (performance.now() - from)
}

function redaction(kilobytes: number, rounds: number): Result {
  const detectors = [...detectorsOf('secrets'), ...detectorsOf('personal')]
  const text = words.repeat(13 * kilobytes).slice(0, 1_000 * kilobytes)
  const key = { hash: nodeSha256, secret: new Uint8Array(32) }
  const times: number[] = []
  for (let round = 0; round < rounds * 20; round++) {
    const from = performance.now()
    new Redactor([{ detectors, operator: 'remove', keep: 0 }], key, 60_000).json(text, '')
    times.push(performance.now() - from)
  }
  const took = times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)] ?? 0
  return {
    what: `redaction of ${kilobytes} kB, in the journal's thread`,
    ours: `${took.toFixed(3)} ms`,
    control: `${detectors.length} detectors`,
    ratio: `${(took / kilobytes).toFixed(3)} ms/kB`,
    aim: '≤ 0.5 ms/kB',
    met: took / kilobytes <= 0.5
  }
}
