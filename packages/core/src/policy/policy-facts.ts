import { isObject } from '../base/json.ts'
import type { Members } from '../record/header.ts'
import type { Matched } from './policy-document.ts'

/** What a policy decides by: what the header of a call's record says. Absent is unknown, and matches nothing. */
export interface PolicyFacts {
  readonly kind?: string | undefined
  readonly operation?: string | undefined
  readonly provider?: string | undefined
  readonly model?: string | undefined
  /** Name of the tool that runs, or names of those that are offered. */
  readonly tools?: string | readonly string[] | undefined
  readonly tenant?: string | undefined
  readonly user?: string | undefined
  readonly groups?: string | readonly string[] | undefined
  readonly session?: string | undefined
  readonly service?: string | undefined
  readonly environment?: string | undefined
  readonly phase?: string | undefined
  readonly trace?: string | undefined
  readonly source?: string | undefined
  readonly tags?: { readonly [name: string]: unknown } | undefined
}

/** Where a fact is that a rule matches. */
export const FACT_OF: { readonly [Name in Matched]: Exclude<keyof PolicyFacts, 'tags'> } = {
  kinds: 'kind',
  operations: 'operation',
  providers: 'provider',
  models: 'model',
  tools: 'tools',
  tenants: 'tenant',
  users: 'user',
  groups: 'groups',
  sessions: 'session',
  services: 'service',
  environments: 'environment',
  phases: 'phase',
  traces: 'trace',
  sources: 'source'
}

/** The facts that the members of a header say. */
export function factsOf({ kind, call, context, service, trace }: Members): PolicyFacts {
  const { operation, provider, model, name, tools, source } = call?.value ?? {}
  const { tenant, user, groups, session, tags } = context?.value ?? {}
  const application = service?.value
  return {
    kind: kind?.value,
    operation,
    provider,
    model,
    tools: kind?.value === 'tool' ? name : tools,
    tenant,
    user,
    groups,
    session,
    service: application?.name,
    environment: application?.environment,
    phase: application?.phase,
    trace: trace?.value?.traceId,
    source,
    ...(isObject(tags) && { tags })
  }
}
