import { isObject } from '../base/json.ts'
import { type Verdicts, verdictsOf } from '../record/annotation.ts'
import { ANNOTATION } from '../record/annotation-record.ts'
import type { Members } from '../record/header.ts'
import type { UnplacedRecord } from '../record/record.ts'
import type { Matched } from './policy-document.ts'

/** What a policy decides by: what the header of a call's record says. Absent is unknown, and matches nothing. */
export interface PolicyFacts {
  /** `call`, `tool`, `step`, …. */
  readonly kind?: string | undefined
  /** `chat`, `embeddings`, …. */
  readonly operation?: string | undefined
  /** Who gives the model. */
  readonly provider?: string | undefined
  /** The model that was asked for. */
  readonly model?: string | undefined
  /** Name of the tool that runs, or names of those that are offered. */
  readonly tools?: string | readonly string[] | undefined
  /** The context's tenant. */
  readonly tenant?: string | undefined
  /** The context's user. */
  readonly user?: string | undefined
  /** Groups that the user belongs to. */
  readonly groups?: string | readonly string[] | undefined
  /** The context's session. */
  readonly session?: string | undefined
  /** The service that calls. */
  readonly service?: string | undefined
  /** The service's environment. */
  readonly environment?: string | undefined
  /** `dev`, `eval`, `prod`, …. */
  readonly phase?: string | undefined
  /** The id of the trace. */
  readonly trace?: string | undefined
  /** What recorded the call. */
  readonly source?: string | undefined
  /** Guardrails that annotations of the call name. */
  readonly guardrails?: string | readonly string[] | undefined
  /** What guardrails did. */
  readonly verdicts?: string | readonly string[] | undefined
  /** The context's tags by name. */
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
  guardrails: 'guardrails',
  verdicts: 'verdicts',
  sources: 'source'
}

/** The facts that the members of a header say, and what guardrails found of the call. */
export function factsOf(
  { kind, call, context, service, trace, event }: Members,
  verdicts: Verdicts | undefined = kind?.value === ANNOTATION ? verdictsOf(event?.value) : undefined
): PolicyFacts {
  const facts = factsOfRecord({
    kind: kind?.value,
    call: call?.value,
    context: context?.value,
    service: service?.value,
    trace: trace?.value
  })
  return verdicts ? { ...facts, ...verdicts } : facts
}

/** What of a record its facts are made from. */
type FactsRecord = {
  readonly [Name in 'kind' | 'call' | 'context' | 'service' | 'trace']?:
    | UnplacedRecord[Name]
    | undefined
}

/** The facts that a record says. */
export function factsOfRecord({ kind, call, context, service, trace }: FactsRecord): PolicyFacts {
  const { operation, provider, model, name, tools, source } = call ?? {}
  const { tenant, user, groups, session, tags } = context ?? {}
  return {
    kind,
    operation,
    provider,
    model,
    tools: kind === 'tool' ? name : tools,
    tenant,
    user,
    groups,
    session,
    service: service?.name,
    environment: service?.environment,
    phase: service?.phase,
    trace: trace?.traceId,
    source,
    ...(isObject(tags) && { tags })
  }
}
