import type { AttemptGroup } from './attempts.ts'
import type { Member } from './draft.ts'
import type { AuditContext } from './record.ts'

/** What flows through asynchronous code around a call. */
export interface Scope {
  readonly context?: Member<AuditContext>
  /** auditId of the call that the code runs inside of. */
  readonly parent?: string
  /** Set while a client may try one call several times. */
  readonly attempts?: AttemptGroup | undefined
  /** Set where calls are recorded by somebody further out. */
  readonly silent?: boolean
}

/** The outer context with the inner one laid over it; tags are merged name by name. */
export function mergeContext(outer: AuditContext | undefined, inner: AuditContext): AuditContext {
  if (outer === undefined) return inner
  const tags = { ...outer.tags, ...inner.tags }
  return { ...outer, ...inner, ...(Object.keys(tags).length > 0 && { tags }) } as AuditContext
}
