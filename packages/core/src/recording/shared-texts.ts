import { stringify } from '../base/json-text.ts'
import type { Member } from '../record/header.ts'
import type { AuditContext, SystemState } from '../record/record.ts'
import type { RequestReading } from '../wire/deferred-reading.ts'

type Sample = Omit<SystemState, 'openCalls'>

/** The texts that frames of a log share, each made once while it stays the same. */
export class SharedTexts {
  /** JSON of `{ log }`, which all frames share from now on. */
  log: string
  readonly #contexts = new WeakMap<Member<AuditContext>, string>()
  readonly #numbers = new WeakMap<object, number>()
  #lastNumber = 0
  #sample: Sample | undefined
  #sampleText = ''

  constructor(log: string) {
    this.log = log
  }

  context(context: Member<AuditContext>): string {
    const known = this.#contexts.get(context)
    if (known !== undefined) return known
    const text = `{"context":${context.text}}`
    this.#contexts.set(context, text)
    return text
  }

  /** Where a request went. `module` is absent where the frames are read already. */
  wire({ protocol, source }: RequestReading, module: string | undefined): string {
    const { url, agent, headers } = source()
    return stringify({ wire: { protocol: protocol.name, module, url, agent, headers } })
  }

  /** The state of the process; one sample serves many calls. */
  system(sample: Sample): string {
    if (this.#sample !== sample) {
      this.#sample = sample
      this.#sampleText = stringify({ system: sample })
    }
    return this.#sampleText
  }

  /** A number that stands for an object, the same for the same one. */
  numberOf(object: object): number {
    const known = this.#numbers.get(object)
    if (known !== undefined) return known
    const number = ++this.#lastNumber
    this.#numbers.set(object, number)
    return number
  }
}
