import { parsePolicy } from '../../policy/policy.ts'
import { redactValue } from '../../protect/redact-text.ts'
import type { ContentsView } from '../../record/access-record.ts'
import type { CallAnnotation } from '../call-annotation.ts'
import type { CallSummary } from '../call-summary.ts'
import type { Comparison } from '../compare/comparison.ts'
import type { AuditedCall, ContentValue, ProvedRecord } from '../reader.ts'
import type { Session, SessionSummary } from '../session/session.ts'

/** Shows contents as far as somebody may see them. */
export interface ShownContents {
  /** A call with its contents. */
  call(call: AuditedCall): AuditedCall
  /** A line of a listing. */
  summary<T extends CallSummary>(call: T): T
  /** A line of the list of sessions. */
  sessionSummary<T extends SessionSummary>(session: T): T
  /** A session with its steps. */
  session(session: Session): Session
  /** A comparison with its questions and answers. */
  comparison(found: Comparison): Comparison
  /** A record with its proof: of contents that are not shown whole none is given, and the proof holds. */
  proved(record: ProvedRecord): ProvedRecord
}

type Texts = 'question' | 'answer' | 'snippet'

/** All that detectors know, as a policy names it. */
const STEPS = { detectors: ['secrets', 'personal'], operator: 'mask' } as const

/** How contents are shown in a view. */
export function shownIn(view: ContentsView): ShownContents {
  if (view === 'whole') return WHOLE
  const value = view === 'masked' ? masking() : () => undefined
  const texts = <T extends object>(of: T, names: readonly string[]): T => {
    const shown: { [name: string]: unknown } = Object.fromEntries(Object.entries(of))
    for (const name of names) {
      if (shown[name] === undefined) continue
      const text = value(shown[name])
      if (text === undefined) delete shown[name]
      else shown[name] = text
    }
    return shown as T
  }
  const summary = <T extends CallSummary>(call: T) => texts(call, SUMMARY)
  const sessionSummary = <T extends SessionSummary>(session: T) => texts(session, SUMMARY)
  return {
    call: (call) => ({
      ...call,
      contents: contentsIn(call.contents, value),
      ...(call.annotations && {
        annotations: call.annotations.map((each) => ({ ...each, says: saidIn(each.says, value) }))
      })
    }),
    summary,
    sessionSummary,
    session: (session) => ({
      ...sessionSummary(session),
      annotations: session.annotations.map(summary),
      runs: session.runs.map((run) => ({ ...run, steps: run.steps.map(summary) }))
    }),
    comparison: (found) => ({ ...found, inputs: found.inputs.map((each) => inputIn(each, value)) }),
    proved: ({ record, proof }) => ({ record: { ...record, contents: [] }, proof })
  }
}

const SUMMARY: readonly Texts[] = ['question', 'answer', 'snippet']

const same = <T>(value: T): T => value
const WHOLE: ShownContents = {
  call: same,
  summary: same,
  sessionSummary: same,
  session: same,
  comparison: same,
  proved: same
}

/** Masks what detectors find; the same value the same way for as long as it is open. */
function masking(): (value: unknown) => unknown {
  const rules = [{ level: 'RequestResponse', redact: [STEPS] }]
  const steps = parsePolicy({ rules }).outcomes.flatMap(({ redact }) => redact)
  const secret = crypto.getRandomValues(new Uint8Array(32))
  return (value) =>
    value instanceof Uint8Array ? undefined : redactValue(value, steps, secret).value
}

function contentsIn(
  contents: AuditedCall['contents'],
  value: (content: unknown) => unknown
): AuditedCall['contents'] {
  const shown = Object.entries(contents).flatMap(([name, content]) => {
    const left = value(content)
    return left === undefined ? [] : [[name, left as ContentValue] as const]
  })
  return Object.fromEntries(shown)
}

/** What people say of a call is content as well. */
function saidIn(
  says: CallAnnotation['says'],
  value: (content: unknown) => unknown
): CallAnnotation['says'] {
  return (value(says) ?? {}) as CallAnnotation['says']
}

type Input = Comparison['inputs'][number]

function inputIn(input: Input, value: (text: unknown) => unknown): Input {
  const text = (of: string) => String(value(of) ?? '')
  const side = <T extends { readonly answer: string }>(call: T): T => ({
    ...call,
    answer: text(call.answer)
  })
  return {
    ...input,
    question: text(input.question),
    pairs: input.pairs.map((pair) => ({
      ...pair,
      question: text(pair.question),
      first: side(pair.first),
      second: side(pair.second)
    }))
  }
}
