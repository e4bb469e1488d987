import { now } from '../base/clock.ts'

/** What a person decided about a request. */
export interface ReviewDecision {
  /** Whether the request may be made. */
  readonly approved: boolean
  /** Who decided, as the application or the operating system names people. */
  readonly by: string
  /** When: Unix time in milliseconds. */
  readonly at: number
  /** What they said of it. */
  readonly note?: string
}

/** A request that a rule of a policy holds back until a person approves it. */
export interface Review {
  /** Identifies the review, such as `rv-3f9a0c21b7`. */
  readonly id: string
  /** auditId of the call that asked for it first; its record says what is to be sent, as far as the rule records it. */
  readonly auditId: string
  /** Name of the rule that asks for it. */
  readonly rule: string
  /** Digest of the policy that the rule is of. */
  readonly policy: string
  /** Why the rule asks for it. */
  readonly reason?: string
  /** SHA-256 of the salt and the request, in hexadecimal digits: another request is another review. */
  readonly request: string
  /** Hexadecimal digits; gone with the review, so that nobody guesses a request from its digest. */
  readonly salt: string
  /** When it was asked for: Unix time in milliseconds. */
  readonly askedAt: number
  /** From when on neither it nor an approval counts: Unix time in milliseconds. */
  readonly expiresAt: number
  /** Absent while nobody has decided. */
  readonly decision?: ReviewDecision
  /** A call was made by its approval, which serves once. */
  readonly isUsed?: true
}

/**
 * The reviews of a log, for all processes that share its journal. It keeps what is alive; what happened is in the
 * records. Its methods reject where the store cannot be used, and the call then stays where it is.
 */
export interface ReviewStore {
  /** Adds a review. */
  add(review: Review): Promise<void>
  /** The reviews that have not expired, oldest first. */
  list(): Promise<readonly Review[]>
  /** Notes a decision; false where there is one already, which stands. */
  decide(id: string, decision: ReviewDecision): Promise<boolean>
  /** Takes the one use of a review; false where it was taken already, also by another process. */
  use(id: string): Promise<boolean>
}

/** Reviews that are gone with the process. */
export function memoryReviews(): ReviewStore {
  const reviews = new Map<string, Review>()
  const change = (id: string, name: 'decision' | 'isUsed', value: ReviewDecision | true) => {
    const review = reviews.get(id)
    if (review === undefined || review[name] !== undefined) return Promise.resolve(false)
    reviews.set(id, { ...review, [name]: value })
    return Promise.resolve(true)
  }
  return {
    async add(review) {
      reviews.set(review.id, review)
    },
    async list() {
      for (const { id, expiresAt } of reviews.values()) {
        if (expiresAt <= now()) reviews.delete(id)
      }
      return [...reviews.values()]
    },
    decide: (id, decision) => change(id, 'decision', decision),
    use: (id) => change(id, 'isUsed', true)
  }
}
