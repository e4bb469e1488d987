import { isObject } from '../base/json.ts'
import type { Hash } from '../base/sha256.ts'
import type { Protocol } from '../protocol/protocol.ts'
import type { RequestPart } from '../record/request-part.ts'
import type { Draft } from '../record/sealed-record.ts'
import {
  type CaptureValues,
  draftOf,
  draftOrRefuse,
  isReceived,
  readCapturedRequest
} from './raw-record.ts'

/** Most requests of open calls that are remembered; a forgotten one is read again. */
const REMEMBERED = 10_000

/** Makes the drafts of captured records, in another thread than the one that captured them. */
export class CaptureReader {
  readonly #protocols = new Map<string, { readonly module: string; readonly protocol: Protocol }>()
  readonly #sha256: Hash
  /** By auditId, without their contents: both records of a call say what was asked. */
  readonly #requests = new Map<string, RequestPart>()

  constructor(sha256: Hash) {
    this.#sha256 = sha256
  }

  /** Imports a protocol; false when the module does not export it. */
  async load(module: string, name: string): Promise<boolean> {
    const known = this.#protocols.get(name)
    if (known) return known.module === module
    const exported: { readonly [name: string]: unknown } = await import(module)
    const protocol = Object.values(exported).find((each) => isObject(each) && each.name === name)
    if (protocol) this.#protocols.set(name, { module, protocol: protocol as Protocol })
    return protocol !== undefined
  }

  /**
   * The draft that the capturing thread would have made. Throws TypeError for a protocol not loaded,
   * AuditError `bad_record` where no draft can be made.
   */
  draft(values: CaptureValues): Draft {
    const [[, name, auditId]] = values
    const protocol = this.#protocols.get(name)?.protocol
    if (protocol === undefined) throw new TypeError(`the protocol ${name} was not loaded`)
    const isFirst = isReceived(values)
    const reading = { protocol, sha256: this.#sha256 }
    const known = isFirst ? undefined : this.#requests.get(auditId)
    return draftOrRefuse(values, () => {
      const request = known ?? readCapturedRequest(reading, values)
      if (isFirst) this.#remember(auditId, request)
      else this.#requests.delete(auditId)
      return draftOf(reading, values, request)
    })
  }

  #remember(auditId: string, request: RequestPart): void {
    if (this.#requests.size === REMEMBERED) this.#requests.clear()
    this.#requests.set(auditId, { ...request, contents: [] })
  }
}
