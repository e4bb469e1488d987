import { now } from '../base/clock.ts'
import { AuditError, messageOf } from '../base/error.ts'
import { toHex } from '../base/hex.ts'
import { sha256 } from '../base/sha256.ts'
import type { AskedReview, Call } from '../call/call.ts'
import { memoryReviews, type Review, type ReviewStore } from '../journal/reviews.ts'
import type { CallRequest } from '../record/call-facts.ts'
import type { Later } from '../record/later.ts'
import { type AskedBytes, readAsked } from '../recording/asked-bytes.ts'
import type { FrameWriter } from '../recording/frame-writer.ts'
import type { Waiting } from '../recording/open-calls.ts'
import { keepProcessAlive } from '../runtime/deadline.ts'
import type { Platform } from '../runtime/platform.ts'
import { type Reviews, reviewsOf } from './reviews.ts'

/** So often a decision is looked for, in milliseconds: another process may make it. */
const LOOK_MS = 200
const HOUR_SECONDS = 3_600

/** What a `ReviewDesk` needs of its log. */
export interface ReviewNeeds {
  /** One of this log alone unless given. */
  readonly store: ReviewStore | undefined
  readonly writer: FrameWriter
  readonly platform: Platform
  readonly waiting: (mode: 'blocking-strict') => Waiting
  /** Settles when all that was recorded is stored. */
  flush(): Promise<void>
}

/** Holds calls back until a person approves them. */
export class ReviewDesk {
  /** What people and applications are given of the reviews. */
  readonly reviews: Reviews
  readonly #needs: ReviewNeeds
  readonly #store: ReviewStore

  constructor(needs: ReviewNeeds) {
    const { store = memoryReviews(), writer } = needs
    this.#needs = needs
    this.#store = store
    this.reviews = reviewsOf(store, writer, () => needs.flush())
  }

  /**
   * Resolves when a call may be made. Rejects with AuditError `review_needed` while nobody has decided, and `denied`
   * where it may not be made.
   *
   * @param again Reads the request anew, where the application could have changed it.
   */
  admit(call: Call, asked: AskedReview, again?: () => Later<CallRequest>): Promise<void> {
    const admitted = this.#admit(call, asked, again).catch((cause: unknown) => {
      throw unreviewed(cause)
    })
    return keepProcessAlive(this.#needs.platform, admitted)
  }

  async #admit(
    call: Call,
    asked: AskedReview,
    again: (() => Later<CallRequest>) | undefined
  ): Promise<void> {
    const bytes = await asked.asked
    if (bytes === undefined) {
      throw denied(asked, 'what it sends cannot be known before it is sent, as it is a stream')
    }
    const review = (await this.#find(asked, bytes, call)) ?? (await this.#ask(call, asked, bytes))
    const { approved, by, note } = await this.#decision(call, asked, review)
    if (!approved) throw denied(asked, `${by} rejected it${note ? `: ${note}` : ''} (${review.id})`)
    if (again && !isEqual(bytes, readAsked(again(), this.#needs.writer.limits))) {
      throw this.#changed(call, asked, review)
    }
    await this.#use(call, asked, review)
  }

  /** The live review of this very request. */
  async #find(asked: AskedReview, bytes: Uint8Array, call: Call): Promise<Review | undefined> {
    const { id } = call.scope.review ?? {}
    const all = await this.#store.list()
    const live = all.filter(({ rule, policy }) => rule === asked.rule && policy === asked.policy)
    if (id === undefined) return live.find((one) => !one.isUsed && this.#isOf(one, bytes))
    const named = live.find((one) => one.id === id)
    if (named === undefined) {
      throw denied(asked, `its review ${id} has expired, or is of another log, policy or rule`)
    }
    if (named.isUsed) throw denied(asked, `the approval ${id} was used, and serves once`)
    if (!this.#isOf(named, bytes)) throw this.#changed(call, asked, named)
    return named
  }

  #isOf({ salt, request }: Review, bytes: Uint8Array): boolean {
    return this.#digest(salt, bytes) === request
  }

  #digest(salt: string, bytes: Uint8Array): string {
    const text = new TextEncoder().encode(salt)
    const salted = new Uint8Array(text.length + bytes.length)
    salted.set(text)
    salted.set(bytes, text.length)
    return toHex((this.#needs.platform.sha256 ?? sha256)(salted))
  }

  async #ask(call: Call, asked: AskedReview, bytes: Uint8Array): Promise<Review> {
    const salt = randomHex(32)
    const askedAt = now()
    const { reason, expiresSeconds = HOUR_SECONDS } = asked.terms
    const review: Review = {
      id: `rv-${randomHex(5)}`,
      auditId: call.auditId,
      rule: asked.rule,
      policy: asked.policy,
      ...(reason !== undefined && { reason }),
      request: this.#digest(salt, bytes),
      salt,
      askedAt,
      expiresAt: askedAt + expiresSeconds * 1_000
    }
    await this.#store.add(review)
    this.#event('review.requested', review, call, { ...(reason !== undefined && { reason }) })
    return review
  }

  /** Waits for a decision as long as the rule, or the code around the call, says. */
  async #decision(
    call: Call,
    { rule, terms }: AskedReview,
    review: Review
  ): Promise<NonNullable<Review['decision']>> {
    const waitMs = call.scope.review?.waitMs ?? (terms.waitSeconds ?? 0) * 1_000
    const until = Math.min(now() + waitMs, review.expiresAt)
    for (let found: Review | undefined = review; ; ) {
      if (found?.decision) return found.decision
      // What is no time, as an application may give, is over.
      if (!call.isOpen || !(now() < until)) break
      await new Promise<void>((resolve) => this.#needs.platform.defer(resolve, LOOK_MS))
      found = (await this.#store.list()).find(({ id }) => id === review.id)
    }
    const { id, expiresAt } = review
    const message = `the policy asks for a person's approval by its rule ${rule}; approve or reject it with slm-audit review approve ${id}, and make the call again before ${new Date(expiresAt).toISOString()}`
    throw new AuditError('review_needed', message, { review: id })
  }

  /** Takes the one use of an approval, and records it before the call leaves. */
  async #use(call: Call, asked: AskedReview, review: Review): Promise<void> {
    if (!call.isOpen) throw denied(asked, 'it ended before it was approved')
    if (review.expiresAt <= now() || !(await this.#store.use(review.id))) {
      throw denied(asked, `the approval ${review.id} was used or has expired, and serves once`)
    }
    const sequence = this.#event('review.used', review, call, {})
    const { untilKept } = this.#needs.waiting('blocking-strict')
    await untilKept(call.auditId, () => this.#needs.writer.kept(sequence))
  }

  #changed(call: Call, asked: AskedReview, review: Review): AuditError {
    this.#event('review.refused', review, call, { why: 'the request is another one' })
    return denied(asked, `its request is not the one of review ${review.id}`)
  }

  #event(kind: string, review: Review, { auditId }: Call, more: object): number {
    const { id, rule, policy, request, expiresAt } = review
    const expires = new Date(expiresAt).toISOString()
    const event = { review: id, rule, policy, request, expires, ...more }
    return this.#needs.writer.event(kind, event, { parent: auditId })
  }
}

function denied({ rule }: AskedReview, why: string): AuditError {
  return new AuditError('denied', `the policy denies the call by its rule ${rule}: ${why}`)
}

/** What failed of the store is no reason to make the call. */
function unreviewed(cause: unknown): AuditError {
  if (AuditError.is(cause)) return cause
  const message = `a review could not be asked for: ${messageOf(cause)}; the call is not made`
  return new AuditError('denied', message, { cause })
}

function isEqual(one: Uint8Array, other: AskedBytes): boolean {
  return one.length === other?.length && one.every((byte, at) => byte === other[at])
}

function randomHex(bytes: number): string {
  return toHex(crypto.getRandomValues(new Uint8Array(bytes)))
}
