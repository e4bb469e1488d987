/** Puts something in the place of what the language or the runtime has; returns an undo. */
export type Replace = () => () => void

function put(owner: object, name: PropertyKey, member: PropertyDescriptor): () => void {
  const { defineProperty, deleteProperty } = Reflect
  const before = Object.getOwnPropertyDescriptor(owner, name)
  defineProperty(owner, name, {
    enumerable: before?.enumerable ?? false,
    ...member,
    configurable: true
  })
  return () => {
    if (before) defineProperty(owner, name, before)
    else deleteProperty(owner, name)
  }
}

const member =
  (owner: object, name: PropertyKey, value: unknown): Replace =>
  () =>
    put(owner, name, { value, writable: true, enumerable: true })

const setter =
  (name: string): Replace =>
  () =>
    put(Object.prototype, name, { get: () => undefined, set: () => undefined })

function fails(): never {
  throw new Error('replaced by the application')
}

const failing = (owner: object, name: PropertyKey) => member(owner, name, fails)

const all =
  (replaces: readonly Replace[]): Replace =>
  () => {
    const undo = replaces.map((replace) => replace())
    return () => {
      for (const one of undo) one()
    }
  }

/** Names that the recording path gives members which may be absent. */
const OURS = [
  ...[
    'above',
    'admitted',
    'announces',
    'answer',
    'attempts',
    'context',
    'denied',
    'isCut',
    'isLast'
  ],
  ...[
    'isLost',
    'isTorn',
    'isUnseen',
    'kind',
    'last',
    'outcome',
    'parent',
    'provider',
    'review',
    'rest'
  ],
  ...['ruling', 'sending', 'silent', 'source', 'span', 'stage', 'told', 'toolGroup', 'yields']
]

const everyObject = Object.prototype

/** What applications, old libraries, tests and those who mean harm have done, each by its name. */
export const REPLACED: { readonly [name: string]: Replace } = {
  nothing: () => () => undefined,
  'a function on all objects': member(everyObject, 'extend', () => 1),
  'a function on all lists': member(Array.prototype, 'last', () => 1),
  'names of ours on all objects': all(OURS.map((name) => member(everyObject, name, 'polluted'))),
  'toJSON on all objects': member(everyObject, 'toJSON', () => ({})),
  'toJSON on all lists': member(Array.prototype, 'toJSON', () => 'a list'),
  'an asynchronous iterator on all objects': member(everyObject, Symbol.asyncIterator, undefined),
  'a setter of auditId on all objects': setter('auditId'),
  'a setter of content on all objects': setter('content'),
  'a setter of value on all objects': setter('value'),
  'JSON.stringify that fails': failing(JSON, 'stringify'),
  'JSON.stringify that gives another text': member(JSON, 'stringify', () => '{"mocked":true}'),
  'JSON.parse that fails': failing(JSON, 'parse'),
  'JSON.parse that gives another value': member(JSON, 'parse', () => ({ mocked: true })),
  'no JSON': member(globalThis, 'JSON', undefined),
  'Date.now that stands still': member(Date, 'now', () => 1_700_000_000_000),
  'no performance': member(globalThis, 'performance', undefined),
  'structuredClone that fails': failing(globalThis, 'structuredClone'),
  'no structuredClone': member(globalThis, 'structuredClone', undefined),
  'Buffer.from that fails': failing(Buffer, 'from'),
  'no TextDecoder': member(globalThis, 'TextDecoder', undefined),
  'no TextEncoder': member(globalThis, 'TextEncoder', undefined),
  'a Promise of another make': () =>
    put(globalThis, 'Promise', { value: class Other extends Promise<unknown> {} }),
  'no Promise.withResolvers': member(Promise, 'withResolvers', undefined),
  'no WeakMap': member(globalThis, 'WeakMap', undefined),
  'no FinalizationRegistry': member(globalThis, 'FinalizationRegistry', undefined),
  'no AbortSignal': member(globalThis, 'AbortSignal', undefined),
  'no Headers': member(globalThis, 'Headers', undefined),
  'no Response': member(globalThis, 'Response', undefined),
  'no Request': member(globalThis, 'Request', undefined),
  'no ReadableStream': member(globalThis, 'ReadableStream', undefined),
  'no process': member(globalThis, 'process', undefined),
  'lists without at, with and findLast': all(
    ['at', 'with', 'findLast'].map((name) => member(Array.prototype, name, undefined))
  )
}
