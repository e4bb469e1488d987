import type { Detector } from '../protect/detector.ts'
import { detectorsOf } from '../protect/detectors.ts'
import type { RedactStep } from '../protect/redactor.ts'
import { listOf } from './pattern.ts'
import type { Capture, Captured, Level, OmittableStage, PolicyRule } from './policy-document.ts'

/** What a policy decides about a call. */
export interface PolicyOutcome {
  /** Name of the rule that decided. */
  readonly rule: string
  /** What is done with the call and its records. */
  readonly level: Level
  /** Whether the record `received` is left out. */
  readonly omitsReceived: boolean
  /** What becomes of kinds of content; `keep` unless named. */
  readonly capture: { readonly [Name in Captured]?: Capture }
  /** What is looked for, and what becomes of it. */
  readonly redact: readonly RedactStep[]
  /** Name of a class of retention. */
  readonly retention?: string | undefined
  /** Who waits for the records of the call; as the log's option says where absent. */
  readonly mode?: PolicyRule['mode']
  /** Why the call is refused; absent where it may be made. */
  readonly deny?: string | undefined
  /** How a person's approval is asked for; absent where none is needed. */
  readonly review?: PolicyRule['review']
  /** Why the rule's expression or module failed for the call; the headers alone are recorded then. */
  readonly failed?: string
}

/**
 * What a rule says is done with a call.
 *
 * @param omitted Stages that the policy leaves out, whichever rule decides.
 * @param own The policy's own detectors.
 */
export function outcomeOf(
  rule: PolicyRule & { readonly name: string },
  omitted: readonly OmittableStage[] | undefined,
  own: readonly Detector[]
): PolicyOutcome {
  const { name, level, omitStages = [], capture = {}, retention, mode, deny, review } = rule
  return {
    rule: name,
    level,
    // Whoever approves a call reads there what it is.
    omitsReceived: [...(omitted ?? []), ...omitStages].includes('received') && review === undefined,
    capture,
    redact: stepsOf(rule, own),
    retention,
    mode,
    deny,
    review
  }
}

function stepsOf({ redact = [] }: PolicyRule, own: readonly Detector[]): RedactStep[] {
  return redact.map(({ detectors: names, operator = 'remove', keep = 0 }) => {
    const found = listOf(names).flatMap((name) => detectorsOf(name, own))
    return { detectors: found, operator, keep }
  })
}
