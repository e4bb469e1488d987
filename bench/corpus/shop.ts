// 90 days of a shop's support bot: who called when, what was asked, and how it went.
import { Random } from './random.ts'
import { INJECTION, INTENTS, ITEMS, LANGUAGES, type Language } from './texts.ts'

/** Hours in 90 days. */
const HOURS = 90 * 24
const HOUR_MS = 3_600_000
const DAY = 24
/** When the 90 days begin that end then: Unix time in milliseconds. */
export function beginningOf(until: number): number {
  return until - HOURS * HOUR_MS
}

/** Calls that a session has, about, until it is known how many the sessions of this log have. */
const CALLS_A_SESSION = 3
const KNOWN_AFTER = 100

/** What happened in the shop, by the hour from the beginning: change points that detectors may find. */
export const SHOP_EVENTS = [
  { hour: 25 * DAY + 9, what: 'version 2.3.1 takes over from 2.3.0 within two days' },
  { hour: 28 * DAY, hours: 7 * DAY, what: 'a slow week: another job shares the graphics card' },
  { hour: 40 * DAY + 8, what: 'qwen3:4b-2507 begins for tenant nord, then for all' },
  { hour: 50 * DAY + 3, hours: 30, what: 'a wave of prompt injections' },
  {
    hour: 60 * DAY + 10,
    what: 'version 2.4.0 takes over in steps: other answers, longer, less sure'
  },
  { hour: 72 * DAY + 14, hours: 3, what: 'a bad deploy, 2.4.1: a fifth of the calls fail' },
  { hour: 80 * DAY + 2, hours: 2, what: 'silence: no call gets through' }
] as const

/** One call of the bot, or one run of a tool. */
export interface ShopCall {
  /** Unix time in milliseconds. */
  readonly at: number
  readonly kind: 'call' | 'tool'
  readonly session: string
  readonly user: string
  readonly tenant: string
  readonly tier: 'free' | 'gold'
  readonly language: Language
  readonly version: string
  readonly model: string
  readonly provider: string
  /** What was said before in the session: question, answer, question, … */
  readonly history: readonly string[]
  readonly asked: string
  readonly answered: string
  readonly outcome: 'complete' | 'error' | 'cancelled'
  /** HTTP status of an error. */
  readonly status?: number
  /** The tool that ran, or that the model asks for. */
  readonly tool?: string
  readonly finish: 'stop' | 'tool_calls' | 'content_filter' | 'length'
  /** Milliseconds to the first piece, and to the end. */
  readonly firstMs: number
  readonly durationMs: number
  readonly inputTokens: number
  readonly outputTokens: number
  /** Mean logarithm of the probability of a token. */
  readonly meanLogprob: number
}

/** How many calls, and of which days. */
export interface ShopOptions {
  readonly calls: number
  /** The end of the 90 days: Unix time in milliseconds. */
  readonly until: number
  readonly seed?: number
}

/** Calls in the order of time. The same options give the same calls. */
export function* shopCalls({ calls, until, seed = 1 }: ShopOptions): Generator<ShopCall> {
  const random = new Random(seed)
  const from = beginningOf(until)
  const weights = Array.from({ length: HOURS }, (_, hour) => weightOf(hour, from))
  let left = weights.reduce((sum, weight) => sum + weight, 0)
  const waiting: ShopCall[] = []
  let [made, begun, owed, number, last] = [0, 0, 0, 0, from]
  for (const [hour, weight] of weights.entries()) {
    // What is left to make is spread over the hours that are left.
    const each = number > KNOWN_AFTER ? begun / number : CALLS_A_SESSION
    owed += ((calls - begun) / each) * (weight / Math.max(weight, left))
    left -= weight
    const count = Math.max(0, Math.floor(owed))
    owed -= count
    const starts = Array.from({ length: count }, () => random.next()).sort((one, two) => one - two)
    for (const start of starts) {
      const at = from + (hour + start) * HOUR_MS
      last = at
      while (waiting[0] && waiting[0].at <= at && made < calls) {
        made++
        yield waiting.shift() as ShopCall
      }
      for (const call of sessionCalls(at, hour, ++number, random)) {
        insert(waiting, call)
        begun++
      }
    }
  }
  while (begun < calls) {
    // What is left to make begins behind all that has been given.
    const at = last + (until - last) * random.next()
    for (const call of sessionCalls(at, HOURS - 1, ++number, random)) {
      insert(waiting, call)
      begun++
    }
  }
  for (const call of waiting) if (made++ < calls) yield call
}

/** How busy an hour is: by the clock, by the day of the week, and not at all while nothing gets through. */
function weightOf(hour: number, from: number): number {
  const at = new Date(from + hour * HOUR_MS)
  const [clock, day] = [at.getUTCHours(), at.getUTCDay()]
  const byClock = 0.08 + Math.max(0, Math.sin(((clock - 5) / 18) * Math.PI)) ** 1.5
  const byDay = day === 0 ? 0.55 : day === 6 ? 0.7 : 1
  const isSilent = isDuring(hour, SHOP_EVENTS[6])
  return isSilent ? 0 : byClock * byDay
}

function isDuring(
  hour: number,
  event: { readonly hour: number; readonly hours?: number }
): boolean {
  return hour >= event.hour && hour < event.hour + (event.hours ?? Number.POSITIVE_INFINITY)
}

function versionAt(hour: number, random: Random): string {
  if (isDuring(hour, SHOP_EVENTS[5])) return '2.4.1'
  const later = hour - SHOP_EVENTS[4].hour
  if (later >= 0) return random.chance(later < 24 ? 0.05 : later < 48 ? 0.3 : 1) ? '2.4.0' : '2.3.1'
  const after = hour - SHOP_EVENTS[0].hour
  return after >= 0 && random.chance(Math.min(1, after / 48)) ? '2.3.1' : '2.3.0'
}

function modelAt(hour: number, tenant: string, random: Random): readonly [string, string] {
  if (random.chance(0.04)) return ['gpt-4o-mini', 'openai']
  if (random.chance(hour < 55 * DAY ? 0.15 : 0.06)) return ['llama3.2:3b', 'ollama']
  const after = hour - SHOP_EVENTS[2].hour
  const share = after < 0 ? 0 : tenant === 'nord' ? 1 : Math.max(0, Math.min(1, (after - 72) / 240))
  return [random.chance(share) ? 'qwen3:4b-2507' : 'qwen3:4b', 'ollama']
}

function sessionCalls(at: number, hour: number, number: number, random: Random): ShopCall[] {
  const tenant = random.weighted({ nord: 0.45, west: 0.3, insel: 0.15, ost: 0.1 })
  const language = random.weighted(LANGUAGES)
  const [model, provider] = modelAt(hour, tenant, random)
  const shared = {
    session: `S-${number}`,
    user: `u-${Math.floor(20_000 * random.next() ** 3)}`,
    tenant,
    tier: random.chance(0.08) ? 'gold' : 'free',
    language,
    version: versionAt(hour, random),
    model,
    provider
  } as const
  const isAttack = isDuring(hour, SHOP_EVENTS[3]) && random.chance(0.25)
  const turns = isAttack ? 1 : 1 + (random.chance(0.5) ? 1 : 0) + (random.chance(0.25) ? 1 : 0)
  const calls: ShopCall[] = []
  let history: readonly string[] = []
  let now = at
  for (let turn = 0; turn < turns; turn++) {
    for (const call of turnCalls({ ...shared, at: now, history }, hour, isAttack, random)) {
      calls.push(call)
      now = call.at + call.durationMs
    }
    const last = calls.at(-1)
    if (last?.outcome !== 'complete') break
    history = [...history, last.asked, last.answered]
    now += 8_000 + 40_000 * random.next()
  }
  return calls
}

type Begun = Pick<
  ShopCall,
  | 'at'
  | 'history'
  | 'language'
  | 'model'
  | 'provider'
  | 'session'
  | 'tenant'
  | 'tier'
  | 'user'
  | 'version'
>

/** One question of the customer: a call or, where a tool is asked for, a call, the tool, and a call. */
function turnCalls(begun: Begun, hour: number, isAttack: boolean, random: Random): ShopCall[] {
  const rank = Math.floor((INTENTS.length - 1) * random.next() ** 1.6)
  const intent = INTENTS[begun.history.length > 3 ? INTENTS.length - 1 : rank] ?? INTENTS[0]
  const order = String(4000 + random.below(3000))
  const item = random.of(ITEMS)
  const fill = (text: string) => text.replace('{order}', order).replace('{item}', item)
  const [question = '', before = '', later = ''] = intent?.texts[begun.language] ?? []
  const asked = isAttack ? INJECTION[0] : fill(question)
  const answered = isAttack ? INJECTION[1] : fill(begun.version < '2.4' ? before : later)
  const answer = (at: number) =>
    modelCall({ ...begun, at, asked, answered }, isAttack ? 'content_filter' : 'stop', hour, random)
  const tool = intent?.tool
  if (isAttack || tool === undefined || !random.chance(begun.version < '2.4' ? 0.6 : 0.4)) {
    return [answer(begun.at)]
  }
  const asks = modelCall({ ...begun, asked, answered: '', tool }, 'tool_calls', hour, random)
  if (asks.outcome !== 'complete') return [asks]
  const durationMs = Math.round(60 * random.skewed(0.8) * (tool === 'searchPolicy' ? 6 : 1))
  const ran: ShopCall = {
    ...asks,
    kind: 'tool',
    at: asks.at + asks.durationMs + 2,
    asked: JSON.stringify(
      tool === 'lookupOrder' ? { orderId: order } : { query: asked.slice(0, 40) }
    ),
    answered: JSON.stringify({ found: 1 + random.below(3), note: intent?.name }),
    durationMs
  }
  return [asks, ran, answer(ran.at + durationMs + 3)]
}

function modelCall(
  call: Begun & Pick<ShopCall, 'asked' | 'answered' | 'tool'>,
  finish: ShopCall['finish'],
  hour: number,
  random: Random
): ShopCall {
  const isBad = call.version === '2.4.1'
  const failed = random.chance(isBad ? 0.2 : call.model === 'llama3.2:3b' ? 0.014 : 0.008)
  const outcome = failed ? 'error' : random.chance(0.012) ? 'cancelled' : 'complete'
  const slow = (isDuring(hour, SHOP_EVENTS[1]) ? 1.8 : 1) * (isBad ? 1.5 : 1)
  const isLater = call.version >= '2.4'
  const said = call.history.reduce((sum, text) => sum + text.length, call.asked.length)
  const inputTokens = 42 + Math.ceil(said / 3.4)
  const outputTokens = Math.max(6, Math.ceil(call.answered.length / 3.2) + random.below(8))
  const firstMs = Math.round((isLater ? 190 : 140) * slow * random.skewed(0.35))
  const speed = call.model.startsWith('gpt') ? 90 : call.model.startsWith('llama') ? 190 : 160
  const durationMs = firstMs + Math.round((outputTokens / speed) * 1000 * slow * random.skewed(0.2))
  const unsure = (isLater ? 0.11 : 0.06) * random.skewed(0.5)
  return {
    ...call,
    kind: 'call',
    outcome,
    ...(failed && { status: isBad ? 500 : random.chance(0.7) ? 429 : 503 }),
    finish: random.chance(0.004) ? 'length' : finish,
    firstMs,
    durationMs: failed ? Math.round(durationMs / 4) : durationMs,
    inputTokens,
    outputTokens,
    meanLogprob: -Math.round(unsure * 1e6) / 1e6
  }
}

function insert(waiting: ShopCall[], call: ShopCall): void {
  let at = waiting.length
  while (at > 0 && (waiting[at - 1]?.at ?? 0) > call.at) at--
  waiting.splice(at, 0, call)
}
