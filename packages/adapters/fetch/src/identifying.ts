import {
  type AuditLog,
  IdentityLookup,
  isObject,
  type ModelIdentity,
  type Protocol,
  textMember,
  toHex
} from '@slm-audit/core/adapter'

/** Longest time that the server may take to answer, in milliseconds. */
const LOOKUP_TIMEOUT_MS = 5_000

/** The ends of the paths that llama.cpp's server answers; what stands before them is its own, such as a prefix. */
const PATH =
  /\/(v1\/)?(chat\/completions|completions?|infill|embeddings?|re-?rank(ing)?|responses|messages)$/

/**
 * The protocols, which say beside the wire what llama.cpp's server tells of its model: it has one, and `/props` has
 * its file, its chat template and the server's build. Asked past the log, off the path of calls.
 *
 * Source: llama.cpp, tools/server/README.md, "GET /props".
 */
export function identifyingAll(
  protocols: readonly Protocol[],
  log: AuditLog,
  fetch: typeof globalThis.fetch
): readonly Protocol[] {
  const lookup = new IdentityLookup(log, (key) => look(key, log, fetch))
  return protocols.map((protocol) => {
    const { workerModule } = protocol
    return {
      ...protocol,
      // Whoever reads the calls elsewhere needs no more than the protocol itself.
      ...(workerModule && { workerModule: { ...workerModule, isExported: () => true } }),
      identity: (_body, url) => lookup.identityOf(addressOf(url), url)
    }
  })
}

function addressOf({ origin, pathname }: URL): string {
  return `${origin}${pathname.replace(PATH, '')}/props`
}

async function look(
  address: string,
  log: AuditLog,
  fetch: typeof globalThis.fetch
): Promise<ModelIdentity> {
  const signal = AbortSignal.timeout(LOOKUP_TIMEOUT_MS)
  const response = await log.withoutRecording(() => fetch(address, { signal }))
  if (!response.ok) throw new Error(`${address} answered ${response.status}`)
  const props: unknown = await response.json()
  return isObject(props) ? readProps(props) : {}
}

/** What `/props` says; a server with several models says nothing of one. */
async function readProps(props: { readonly [name: string]: unknown }): Promise<ModelIdentity> {
  const { model_path: path, chat_template: template, build_info: build } = props
  const { model_alias: alias, default_generation_settings: settings } = props
  const file = typeof path === 'string' ? path.split(/[\\/]/).at(-1) : undefined
  const { n_ctx: size } = isObject(settings) ? settings : {}
  return {
    ...textMember('name', alias),
    ...textMember('file', file === '' ? undefined : file),
    ...(file?.endsWith('.gguf') && { format: 'gguf' }),
    ...(Number.isSafeInteger(size) && { contextSize: Number(size) }),
    ...(typeof template === 'string' && { chatTemplateDigest: await digestOf(template) }),
    ...(typeof build === 'string' && { runtime: { 'llama.cpp': build } })
  }
}

async function digestOf(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text)
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)))
}
