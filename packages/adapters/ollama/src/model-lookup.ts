import {
  type AuditLog,
  type GivenHeaders,
  IdentityLookup,
  isObject,
  type ModelIdentity,
  textMember,
  toHex
} from '@slm-audit/core/adapter'

type Fetch = typeof globalThis.fetch

/** Longest time that one question to the server may take, in milliseconds. */
const LOOKUP_TIMEOUT_MS = 5_000

/**
 * Where weights, adapters and the draft model are: `FROM /…/blobs/sha256-<digest>` in a modelfile.
 * Behind the weights more lines with FROM name what a model sees with.
 */
const BLOB = /^(FROM|ADAPTER|DRAFT) .*sha256-([0-9a-f]{64})\s*$/gm

/**
 * What the server says of its models: digests, architecture, quantisation, its own version. Each
 * model is asked for once in ten minutes, off the path of calls, past the log and with the headers of
 * the call; a call whose record is written before the answer came does without. A server that does
 * not answer is reported once.
 */
export class ModelLookup {
  readonly #log: AuditLog
  readonly #fetch: Fetch
  readonly #lookup: IdentityLookup
  /** Headers of the latest call: what lets it in lets the questions in. */
  headers: GivenHeaders

  constructor(log: AuditLog, fetch: Fetch) {
    this.#log = log
    this.#fetch = fetch
    this.#lookup = new IdentityLookup(log, (model, url) => this.#look(model, url))
  }

  /** What is known of a model by now; asks the server behind `url` where that is nothing, or old. */
  identityOf(model: string, url: URL): ModelIdentity | undefined {
    return this.#lookup.identityOf(model, url)
  }

  async #look(model: string, url: URL): Promise<ModelIdentity> {
    const [shown, tags, version] = await Promise.all([
      this.#ask(url, 'show', { model }),
      this.#ask(url, 'tags'),
      this.#ask(url, 'version')
    ])
    const { models } = tags
    const listed = (Array.isArray(models) ? models : [])
      .filter(isObject)
      .find(({ name }) => name === model || name === `${model}:latest`)
    return { ...readTag(listed ?? {}), ...(await readShown(shown)), ...readVersion(version) }
  }

  async #ask(
    from: URL,
    what: string,
    body?: object
  ): Promise<{ readonly [name: string]: unknown }> {
    const url = new URL(from)
    url.pathname = url.pathname.replace(/\/(?:api|v1)\/\w+$/, `/api/${what}`)
    const response = await this.#log.withoutRecording(() =>
      this.#fetch(url.href, {
        ...(this.headers && { headers: this.headers }),
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(LOOKUP_TIMEOUT_MS)
      })
    )
    const text = await response.text()
    if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}`)
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  }
}

function readTag({ digest, details }: { readonly [name: string]: unknown }): ModelIdentity {
  const { format, family, quantization_level: quantization } = isObject(details) ? details : {}
  return {
    ...textMember('revision', digest),
    ...told('format', format),
    ...told('architecture', family),
    ...told('quantization', quantization)
  }
}

/** The server writes details that it does not know as empty texts. */
function told<Name extends string>(name: Name, value: unknown) {
  return value === '' ? {} : textMember(name, value)
}

async function readShown(shown: { readonly [name: string]: unknown }): Promise<ModelIdentity> {
  const { model_info: info, modelfile, template } = shown
  const { 'general.architecture': architecture, 'general.parameter_count': parameters } = isObject(
    info
  )
    ? info
    : {}
  const blobs = [...(typeof modelfile === 'string' ? modelfile : '').matchAll(BLOB)]
  const digests = (kind: string) =>
    blobs.flatMap(([, of, hex]) => (of === kind && hex ? [hex] : []))
  const [digest, ...projectors] = digests('FROM')
  const [draft] = digests('DRAFT')
  const files = {
    ...textMember('model', digest),
    ...textMember('projector', projectors[0]),
    ...textMember('draft', draft)
  }
  const adapters = digests('ADAPTER').map((one) => ({ digest: one }))
  return {
    ...textMember('digest', digest),
    ...textMember('architecture', architecture),
    ...(Number.isSafeInteger(parameters) && { parameters: Number(parameters) }),
    ...(adapters.length > 0 && { adapters }),
    ...(Object.keys(files).length > 1 && { files }),
    ...(typeof template === 'string' && { chatTemplateDigest: await digestOf(template) })
  }
}

function readVersion({ version }: { readonly [name: string]: unknown }): ModelIdentity {
  return typeof version === 'string' ? { runtime: { ollama: version } } : {}
}

async function digestOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text)
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}
