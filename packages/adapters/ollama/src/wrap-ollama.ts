import {
  type AnyMethod,
  type AttemptGroup,
  type AuditLog,
  checkWrapping,
  claim,
  isAsyncIterable,
  isObject,
  over,
  type Protocol,
  passOn,
  refuseUnknown,
  replaceFetch,
  replaceMethod,
  reportStandIns,
  reportUnseen,
  reportUntested,
  tapIterable,
  wrapFetch
} from '@slm-audit/core/adapter'
import { ModelLookup } from './model-lookup.ts'
import { ollamaProtocols } from './protocols.ts'

type Fetch = typeof globalThis.fetch

/** Beginnings of the versions of the `ollama` package that the tests run against. */
const TESTED = ['0.5', '0.6']

/** Methods that ask a model. */
const METHODS = ['chat', 'generate', 'embed', 'embeddings']

/** Options of `wrapOllama`. */
export interface OllamaOptions {
  /**
   * Whether to ask the server what a model is: three small requests (`/api/show`, `/api/tags`,
   * `/api/version`) beside a model's first call, and again after ten minutes, so that records say
   * digest, quantisation and version. True unless given.
   */
  readonly identify?: boolean
}

/** What of a client is used. */
interface Client {
  readonly fetch: Fetch
}

/**
 * Records what `client` asks its models: chat, generate, embeddings, plain and streamed. The client
 * is the same object, changed in place, because the package has no way to derive one from another;
 * so its default export, `wrapOllama(ollama, log)`, is audited for all who import it. Wrapping twice
 * for one log is harmless.
 *
 * Throws TypeError when `client` is not a client of the `ollama` package, AuditError `bad_option` for an
 * option that there is not.
 */
export function wrapOllama<T extends object>(
  client: T,
  log: AuditLog,
  options: OllamaOptions = {}
): T {
  checkWrapping(log, client)
  refuseUnknown('wrapOllama', options, ['identify'])
  if (!isClient(client)) throw new TypeError('this is not a client of the ollama package')
  if (!claim(client, log)) return client
  const unseen = { target: client, name: 'ollama client' }
  reportStandIns(log, unseen, METHODS)
  const isLaid = replaceFetch(client, log, (base) =>
    auditedFetch(log, base, options.identify !== false)
  )
  if (isLaid) endWithConsumer(client, log)
  else reportUnseen(log, unseen, 'it cannot be changed')
  return client
}

function auditedFetch(log: AuditLog, base: Fetch, identify: boolean): Fetch {
  const lookup = identify ? new ModelLookup(log, base) : undefined
  const protocols = lookup
    ? ollamaProtocols.map((one) => identifying(one, lookup))
    : ollamaProtocols
  const audited = wrapFetch(log, protocols, base)
  let isKnown = false
  return over<unknown, Parameters<Fetch>, Promise<Response>>(audited, (host, input, init) => {
    if (lookup) lookup.headers = init?.headers
    if (!isKnown) {
      isKnown = true
      reportUntested(log, { name: 'ollama', version: versionIn(init?.headers), tested: TESTED })
    }
    return host(input, init)
  })
}

/** A protocol that says beside the wire what is known of the model. */
function identifying(protocol: Protocol, lookup: ModelLookup): Protocol {
  const { workerModule } = protocol
  return {
    ...protocol,
    // Whoever reads the calls elsewhere needs no more than the protocol itself.
    ...(workerModule && { workerModule: { ...workerModule, isExported: () => true } }),
    identity(body, url) {
      const model = modelIn(body)
      return model === undefined ? undefined : lookup.identityOf(model, url)
    }
  }
}

/** The model's name stands first in what the client sends; anything else is parsed. */
const FIRST = /^\{"model":"([^"\\]+)"/

function modelIn(body: string | Uint8Array | undefined): string | undefined {
  if (typeof body !== 'string') return undefined
  const [, first] = FIRST.exec(body) ?? []
  if (first !== undefined) return first
  try {
    const { model } = JSON.parse(body) as { readonly model?: unknown }
    return typeof model === 'string' ? model : undefined
  } catch {
    return undefined
  }
}

/**
 * Ends a streamed call when its consumer stops: the client tells nobody then, and leaves the answer's
 * body unread and open.
 */
function endWithConsumer(client: object, log: AuditLog): void {
  const watched = (send: AnyMethod): AnyMethod =>
    function (...args) {
      const [, request] = args
      if (!isObject(request) || request.stream !== true) return send.apply(this, args)
      return log.withAttempts({ limit: 1 }, () => {
        const group = log.attempts()
        const sent = send.apply(this, args) as Promise<unknown>
        return sent.then(passOn((answer) => watch(answer, group)))
      })
    }
  replaceMethod(client, 'processStreamableRequest', watched, log)
}

function watch(answer: unknown, group: AttemptGroup | undefined): void {
  const call = group?.call
  if (call === undefined || !isAsyncIterable(answer)) return
  tapIterable(answer, {
    next: ignore,
    end: ignore,
    fail: ignore,
    cancel() {
      call.cancel('consumer')
      return call.settled()
    }
  })
}

/** The wire below tells of chunks, ends and errors. */
function ignore(): undefined {
  return undefined
}

function isClient(value: object): value is Client {
  const { fetch, chat } = value as { readonly [name: string]: unknown }
  return typeof fetch === 'function' && typeof chat === 'function'
}

/** The client says its version in its user agent: `ollama-js/0.6.4 (…)`. */
function versionIn(headers: unknown): string | undefined {
  const agent = isObject(headers) ? headers['User-Agent'] : undefined
  return typeof agent === 'string' ? /^ollama-js\/([\w.-]+)/.exec(agent)?.[1] : undefined
}
