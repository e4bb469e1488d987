import type { Attributes } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { AuditRecord } from '@slm-audit/core/exporter'

type Values = { readonly [name: string]: string | number | boolean }

/** What one record says of the process that made it, in the conventions' names. */
export function recordResource({ service, host, sdk }: AuditRecord): Values {
  const [runtime, version] = host?.runtime?.split(' ') ?? []
  const [os] = host?.platform?.split(' ') ?? []
  return given({
    ...serviceResource({ service }),
    'service.instance.id': host?.instance,
    'host.name': host?.name,
    'process.pid': host?.pid,
    'process.runtime.name': runtime === 'node' ? 'nodejs' : runtime,
    'process.runtime.version': version,
    'os.type': os === 'win32' ? 'windows' : os,
    'telemetry.sdk.name': sdk?.name,
    'telemetry.sdk.version': sdk?.version,
    'telemetry.sdk.language': 'nodejs'
  })
}

/** What one record says of its service, without the process: the resource of metrics. */
export function serviceResource({ service }: Pick<AuditRecord, 'service'>): Values {
  return given({
    'service.name': service?.name ?? 'unknown_service',
    'service.version': service?.version,
    'deployment.environment.name': service?.environment
  })
}

/**
 * Makes resources: the record's own facts, under those of the environment
 * (`OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SERVICE_NAME`), under those given in code. Equal ones are one
 * object, because serializers group by it.
 */
export class Resources {
  readonly #make: (attributes: Attributes) => Resource
  readonly #over: Attributes
  readonly #made = new Map<string, Resource>()

  constructor(make: (attributes: Attributes) => Resource, environment: Attributes, given: Values) {
    this.#make = make
    this.#over = { ...environment, ...given }
  }

  of(facts: Values): Resource {
    const attributes = { ...facts, ...this.#over }
    const key = JSON.stringify(attributes)
    const found = this.#made.get(key) ?? this.#make(attributes)
    if (this.#made.size > 1_000) this.#made.clear()
    this.#made.set(key, found)
    return found
  }
}

function given(values: { readonly [name: string]: Values[string] | undefined }): Values {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as Values
}
