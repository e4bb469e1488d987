import type { AuditLog } from '@slm-audit/core'

/** What an application does with a client, bare or wrapped. */
export interface Use {
  /** One call in one piece. */
  call(): Promise<unknown>
  /** Streams an answer; left out where the client streams nothing. */
  stream?(): Promise<Chunks> | Chunks
}

/** The chunks of one answer; where the client calls back, as they were heard. */
type Chunks = AsyncIterable<unknown> | Iterable<unknown>

/** One adapter, on a client whose server is canned or whose model is tiny. */
export interface AdapterBench {
  /** What the table calls it. */
  readonly name: string
  /** Makes the client as it comes. */
  bare(): Use
  /** Makes the client with its calls recorded in `log`. */
  wrapped(log: AuditLog): Use
  /** The client itself, of adapters that wrap one. */
  readonly client?: BenchClient
}

/** How a client is made, wrapped and used. */
export interface BenchClient<Client = unknown> {
  /** Makes a client, of a subclass of its own class where `derive` makes one. */
  open(derive: Derive): Client
  /** Attaches a log to a client. */
  attach(client: Client, log: AuditLog): Client
  /** What is done with a client, bare or wrapped. */
  use(client: Client): Use
}

/** Makes a subclass of a client's class, or gives the class itself. */
export type Derive = <Class>(base: Class) => Class

const itself: Derive = (base) => base

/** The row of an adapter that attaches a log to a client. */
export function adapterBench<Client>(
  name: string,
  open: BenchClient<Client>['open'],
  attach: BenchClient<Client>['attach'],
  use: BenchClient<Client>['use']
): AdapterBench {
  return {
    name,
    bare: () => use(open(itself)),
    wrapped: (log) => use(attach(open(itself), log)),
    client: { open, attach, use } as BenchClient
  }
}

/** What all chats are asked. */
export const messages = [{ role: 'user' as const, content: 'Weather in Rome and Oslo?' }]
