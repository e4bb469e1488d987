import { type AuditRecord, parseRecord, type SealedRecord } from '@slm-audit/core'
import { isObject } from '@slm-audit/core/journal'

/** A period; both ends are ISO 8601. */
export interface Period {
  /** At or after; from the beginning unless given. */
  readonly from?: string
  /** Before; to the end unless given. */
  readonly to?: string
}

/** A record of the log's own that the pack shows, in words. */
export interface NotedEvent {
  readonly index: number
  readonly at: string
  readonly says: string
}

/** Calls of one rule of a policy, and how many of them have ended. */
export interface RuleCoverage {
  readonly rule: string
  readonly level: string
  received: number
  ended: number
}

/** What the records of a period say. */
export interface EvidenceFacts {
  records: number
  calls: number
  ended: number
  errors: number
  denied: number
  annotations: number
  reviews: number
  altered: number
  lost: number
  firstAt: string
  lastAt: string
  readsAudited: boolean
  checkpoints: number
  verdict: string
  custody: string | undefined
  readonly versions: readonly string[]
  readonly policies: readonly string[]
  readonly rules: readonly RuleCoverage[]
  readonly outcomes: readonly (readonly [name: string, count: number])[]
  readonly keys: readonly NotedEvent[]
  /** When which policy began to decide. */
  readonly changes: readonly NotedEvent[]
  readonly gaps: readonly NotedEvent[]
  readonly holds: readonly NotedEvent[]
  readonly erasures: readonly NotedEvent[]
  readonly accesses: readonly NotedEvent[]
  readonly lifecycle: readonly NotedEvent[]
  /** Calls in the period, by auditId, in the order of the log. */
  readonly auditIds: readonly string[]
}

/** Which list a record of the log's own goes into. */
const LISTS: {
  readonly [kind: string]: 'keys' | 'changes' | 'gaps' | 'holds' | 'erasures' | 'accesses'
} = {
  'key.added': 'keys',
  'contents.rewrapped': 'keys',
  'policy.set': 'changes',
  'policy.changed': 'changes',
  gap: 'gaps',
  'hold.added': 'holds',
  'hold.released': 'holds',
  'contents.erased': 'erasures',
  'contents.redacted': 'erasures',
  'contents.expired': 'erasures',
  'records.pruned': 'erasures',
  access: 'accesses'
}

/** Lists of what bears on a period although it was before it. */
const LASTING: ReadonlySet<string> = new Set(['keys', 'changes', 'holds', 'erasures'])

/**
 * Reads records once and counts what they say of a period. Keys, policies, holds and erasures of before are taken in as well, because they
 * bear on it.
 */
export class Gatherer {
  readonly #period: Period
  readonly #versions = new Set<string>()
  readonly #policies = new Set<string>()
  readonly #rules = new Map<string, RuleCoverage>()
  readonly #outcomes = new Map<string, number>()
  readonly #ids = new Set<string>()
  readonly #lists = {
    keys: [] as NotedEvent[],
    changes: [] as NotedEvent[],
    gaps: [] as NotedEvent[],
    holds: [] as NotedEvent[],
    erasures: [] as NotedEvent[],
    accesses: [] as NotedEvent[],
    lifecycle: [] as NotedEvent[]
  }
  readonly #counts = {
    ...{ records: 0, calls: 0, ended: 0, errors: 0, denied: 0, annotations: 0, reviews: 0 },
    ...{ altered: 0, lost: 0, firstAt: '', lastAt: '', readsAudited: false }
  }

  constructor(period: Period) {
    this.#period = period
  }

  /** Takes in the next record. */
  add(sealed: SealedRecord): void {
    const record = parseRecord(sealed)
    const { from = '', to = '\uffff' } = this.#period
    if (record.at >= to) return
    const isIn = record.at >= from
    if (record.stage === 'event') this.#event(record, sealed, isIn)
    if (!isIn) return
    const counts = this.#counts
    counts.records++
    counts.firstAt ||= record.at
    counts.lastAt = record.at
    if ((record.altered?.length ?? 0) > 0) counts.altered++
    if (record.kind === 'call') this.#call(record)
    if (record.kind === 'annotation') counts.annotations++
    if (record.kind.startsWith('review')) counts.reviews++
  }

  /** What was found; what verification found is added to it. */
  facts(verified: Pick<EvidenceFacts, 'checkpoints' | 'verdict' | 'custody'>): EvidenceFacts {
    return {
      ...this.#counts,
      ...verified,
      ...this.#lists,
      versions: [...this.#versions].sort(),
      policies: [...this.#policies],
      rules: [...this.#rules.values()],
      outcomes: [...this.#outcomes].sort((a, b) => b[1] - a[1]),
      auditIds: [...this.#ids]
    }
  }

  #call(record: AuditRecord): void {
    const { stage, auditId, policy, service, outcome } = record
    const isNew = !this.#ids.has(auditId)
    this.#ids.add(auditId)
    if (isNew) this.#counts.calls++
    if (service) this.#versions.add([service.name, service.version].filter(Boolean).join(' '))
    if (policy) this.#policies.add(policy.digest)
    const rule = this.#ruleOf(record)
    if (isNew) rule.received++
    if (stage === 'received') return
    this.#counts.ended++
    rule.ended++
    const name = stage === 'error' ? `error: ${outcome?.type ?? 'unknown'}` : stage
    this.#outcomes.set(name, (this.#outcomes.get(name) ?? 0) + 1)
    if (stage === 'error') this.#counts.errors++
    if (stage === 'denied') this.#counts.denied++
  }

  #ruleOf({ policy }: AuditRecord): RuleCoverage {
    const name = policy?.rule ?? 'no policy'
    const known = this.#rules.get(name)
    if (known) return known
    const made = { rule: name, level: policy?.level ?? 'all', received: 0, ended: 0 }
    this.#rules.set(name, made)
    return made
  }

  #event(record: AuditRecord, sealed: SealedRecord, isIn: boolean): void {
    const { kind, at, event = {} } = record
    if (kind === 'access.audited') this.#counts.readsAudited = true
    if (kind === 'log.heartbeat' || kind === 'annotation') return
    const list = LISTS[kind] ?? 'lifecycle'
    const isLasting = LASTING.has(list)
    if (!isIn && !isLasting) return
    if (kind === 'gap') this.#counts.lost += Number(event.records ?? 0)
    // A policy stands in its record whole: its digest names it.
    const named = Object.entries(event).filter(([, value]) => !isObject(value))
    const facts = named.map(([name, value]) => `${name} ${String(value)}`)
    const said = ['by', 'reason'].flatMap((name) => {
      const body = sealed.contents.find((content) => content.name === name)?.body
      return body ? [`${name} ${new TextDecoder().decode(body)}`] : []
    })
    this.#lists[list].push({ index: sealed.index, at, says: [kind, ...facts, ...said].join(' · ') })
  }
}
