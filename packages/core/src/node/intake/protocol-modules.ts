import { isObject } from '../../base/json.ts'
import { parse } from '../../base/json-text.ts'
import type { Protocol } from '../../protocol/protocol.ts'
import type { CarriedFrame } from '../../recording/frame.ts'

/** Most shared texts that are remembered as looked into. */
const MOST_TEXTS = 10_000

/** Where this package is installed, with all that is installed beside it. */
const INSTALLED = /^file:\/\/.*?\/(?:node_modules|packages)\//.exec(import.meta.url)?.[0]

/** The modules in which this thread finds the protocols that frames name. */
export class ProtocolModules {
  readonly #modules = new Map<string, object | undefined>()
  readonly #texts = new Set<string>()

  /** The protocol that a module exports, once it is loaded. */
  protocol(module: string, name: string): Protocol | undefined {
    return Object.values(this.#modules.get(module) ?? {}).find(
      (value): value is Protocol => isObject(value) && value.name === name && 'readRequest' in value
    )
  }

  /** Imports a module, once. Resolves to whether it exports the protocol. Never rejects. */
  async load(module: string, name: string): Promise<boolean> {
    if (!this.#modules.has(module)) {
      try {
        this.#modules.set(module, (await import(module)) as object)
      } catch {
        // It is gone or part of a bundle: such calls are kept as they came.
        this.#modules.set(module, undefined)
      }
    }
    return this.protocol(module, name) !== undefined
  }

  /**
   * Imports what the frames need, of what is installed beside this package: frames come from files, and
   * whoever can write those must not choose what this process runs.
   */
  async loadFor(frames: readonly CarriedFrame[]): Promise<void> {
    for (const { shared } of frames) {
      for (const text of shared) {
        if (this.#texts.has(text)) continue
        if (this.#texts.size >= MOST_TEXTS) this.#texts.clear()
        this.#texts.add(text)
        const wire = wireOf(text)
        if (wire && isInstalled(wire.module)) await this.load(wire.module, wire.protocol)
      }
    }
  }
}

function isInstalled(module: string): boolean {
  return INSTALLED !== undefined && URL.parse(module)?.href.startsWith(INSTALLED) === true
}

function wireOf(text: string): { readonly module: string; readonly protocol: string } | undefined {
  if (!text.includes('"module"')) return undefined
  try {
    const { wire } = parse(text) as { readonly wire?: unknown }
    if (!isObject(wire)) return undefined
    const { module, protocol } = wire
    const isNamed = typeof module === 'string' && typeof protocol === 'string'
    return isNamed ? { module, protocol } : undefined
  } catch {
    // The reader of frames says what is wrong with it.
    return undefined
  }
}
