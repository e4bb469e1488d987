import { now } from '../base/clock.ts'
import { AuditError } from '../base/error.ts'
import type { Review, ReviewDecision, ReviewStore } from '../journal/reviews.ts'
import type { FrameWriter } from '../recording/frame-writer.ts'

/** Who decides about a review, and what they say of it. */
export interface Deciding {
  /** The person, as the application or the operating system names people; it stands on the record. */
  readonly by: string
  /** What they say of it, which stands on the record as it is. */
  readonly note?: string
}

/** The reviews of a log: what people approve before it is sent. Other processes on the same journal see them, too. */
export interface Reviews {
  /** The reviews that have not expired, oldest first. */
  list(): Promise<readonly Review[]>
  /**
   * Approves a request: one call with this very request may then be made, under this policy, before the review
   * expires. Resolves when the record of it is stored. Rejects with AuditError `not_found`, or `bad_option` where it
   * was decided already.
   */
  approve(id: string, deciding: Deciding): Promise<void>
  /** Rejects a request, which is then denied until the review expires. Rejects as `approve` does. */
  reject(id: string, deciding: Deciding): Promise<void>
}

/** The reviews of a store, whose decisions are records of a log. */
export function reviewsOf(
  store: ReviewStore,
  writer: FrameWriter,
  flush: () => Promise<void>
): Reviews {
  const find = async (id: string) => (await store.list()).find((one) => one.id === id)
  const decide = async (id: string, deciding: Deciding | undefined, approved: boolean) => {
    const { by, note } = deciding ?? {}
    if (typeof by !== 'string' || by === '') {
      throw new AuditError('bad_option', 'by must name the person who decides')
    }
    const review = await find(id)
    if (review === undefined) throw missing(id)
    if (review.decision) throw decided(id, review.decision)
    const at = now()
    const says = { by, ...(note !== undefined && note !== '' && { note }) }
    const { rule, policy, request, auditId, expiresAt } = review
    const expires = new Date(expiresAt).toISOString()
    const decision = approved ? 'approved' : 'rejected'
    const event = { review: id, decision, ...says, rule, policy, request, expires }
    // The record first: there is no approval without one.
    writer.event('review.decided', event, { parent: auditId })
    await flush()
    if (now() < expiresAt && (await store.decide(id, { approved, at, ...says }))) return
    const other = (await find(id))?.decision
    const why = other ? 'it was decided already' : 'it has expired'
    writer.event('review.refused', { review: id, by, why }, { parent: auditId })
    throw other ? decided(id, other) : missing(id)
  }
  return {
    list: () => store.list(),
    approve: (id, deciding) => decide(id, deciding, true),
    reject: (id, deciding) => decide(id, deciding, false)
  }
}

function missing(id: string): AuditError {
  const next = 'slm-audit review list, or reviews.list(), has those that are alive'
  return new AuditError('not_found', `there is no review ${id}, or it has expired; ${next}`)
}

function decided(id: string, { approved, by }: ReviewDecision): AuditError {
  const what = approved ? 'approved' : 'rejected'
  return new AuditError('bad_option', `the review ${id} was ${what} by ${by} already, which stands`)
}
