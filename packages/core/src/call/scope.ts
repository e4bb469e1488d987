import type { Member } from '../record/header.ts'
import type { AuditContext } from '../record/record.ts'
import type { AttemptGroup } from './attempts.ts'
import type { OpenCall } from './open-call.ts'

/** A tool's run that a client told of, and that the application may record as well. */
export interface ToldRun {
  /** Name of the tool. */
  readonly name: string
  readonly call: OpenCall
  /** Whether the application did. */
  isMet: boolean
}

/** How calls meet a rule of a policy that asks for a person's approval. */
export interface ReviewOptions {
  /** How long a call waits for a decision, in milliseconds; as the rule says unless given. */
  readonly waitMs?: number
  /** The review that the call is made by: its approval must be of this very request. Found by the request unless given. */
  readonly id?: string
}

/** What flows through asynchronous code around a call. */
export interface Scope {
  readonly context?: Member<AuditContext> | undefined
  /** auditId of the call that the code runs inside of. */
  readonly parent?: string | undefined
  /** auditId of the call of a framework that a call opened here may be the same as. */
  readonly above?: string | undefined
  /** What the tools asked for here belong together by: the call or the context around the code. */
  readonly toolGroup?: object | undefined
  /** What `parentFrom` said when the code's own scope was entered. */
  readonly within?: string | undefined
  /** Set while a client may try one call several times. */
  readonly attempts?: AttemptGroup | undefined
  /** How calls here meet a rule that asks for a person's approval. */
  readonly review?: ReviewOptions | undefined
  /** Set where a client of a model runs a tool. */
  readonly told?: ToldRun | undefined
  /** Set where calls are recorded by somebody further out. */
  readonly silent?: boolean
}

/** The outer context with the inner one laid over it; tags are merged name by name. */
export function mergeContext(outer: AuditContext | undefined, inner: AuditContext): AuditContext {
  if (outer === undefined) return inner
  const tags = { ...outer.tags, ...inner.tags }
  return { ...outer, ...inner, ...(Object.keys(tags).length > 0 && { tags }) } as AuditContext
}

/**
 * The scope of a call that opens in `outer` below `parent`. Hooks may open calls outside of the scope
 * of the call above, which then lends its context. The attempts around it are not the call's to keep:
 * they know the answer, whose end would then never be noticed when it is dropped.
 */
export function scopeUnder(
  outer: Scope,
  parent: string | undefined,
  above: { readonly scope: Scope } | undefined
): Scope {
  const context = outer.context ?? above?.scope.context
  const toolGroup = above ?? outer.toolGroup
  return { ...outer, parent, context, toolGroup, attempts: undefined, told: undefined }
}
