import { describe, expect, test } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'

/** As the promises of SDKs are: more than an outcome, and lazy. */
class Lazy<T> extends Promise<T> {
  asked = 0
  #make: () => Promise<T>

  constructor(make: () => Promise<T>) {
    super((resolve) => resolve(undefined as T))
    this.#make = make
  }

  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  asResponse(): string {
    return 'the response'
  }

  // biome-ignore lint/suspicious/noThenProperty: a promise has one
  override then<A = T, B = never>(
    done?: ((value: T) => A | PromiseLike<A>) | null,
    refused?: ((error: unknown) => B | PromiseLike<B>) | null
  ): Promise<A | B> {
    this.asked++
    return this.#make().then(done, refused)
  }

  override catch<B = never>(refused?: ((error: unknown) => B | PromiseLike<B>) | null) {
    return this.#make().catch(refused)
  }
}

const stages = (journal: ReturnType<typeof newLog>['journal']) =>
  callsOf(journal.records).map(({ stage, contents }) => [stage, contents.output ?? contents.error])

describe('a promise of a class of its own', () => {
  test('is the very object, with all that its class has, and not begun by us', async () => {
    const { log, journal } = newLog()
    const lazy = new Lazy(async () => 'words')
    const given = log.record(chat, () => lazy)
    expect(given).toBe(lazy)
    expect(given.asResponse()).toBe('the response')
    await Promise.resolve()
    expect(lazy.asked).toBe(0)
    expect(await given).toBe('words')
    expect(await given).toBe('words')
    expect(lazy.asked).toBe(2)
    await log.flush()
    expect(stages(journal)).toEqual([['complete', 'words']])
    expect(Object.keys(lazy)).toEqual(['asked'])
  })

  test('tells catch and finally, too, and rejects with the same error', async () => {
    const { log, journal } = newLog()
    const error = new RangeError('no')
    const refused = () => log.record(chat, () => new Lazy(() => Promise.reject(error)))
    expect(await refused().catch((caught: unknown) => caught)).toBe(error)
    await expect(refused().finally(() => undefined)).rejects.toBe(error)
    await log.flush()
    expect(stages(journal)).toEqual([
      ['error', 'no'],
      ['error', 'no']
    ])
  })

  test('waits for its record where the mode says so', async () => {
    const { log, journal } = newLog({ mode: 'blocking' })
    await log.record(chat, () => new Lazy(async () => 'words'))
    expect(stages(journal)).toEqual([['complete', 'words']])
  })

  test.each([
    // biome-ignore lint/suspicious/noThenProperty: a promise has one
    ['has a then that returns nothing', { then: (done: (word: string) => void) => done('words') }],
    ['cannot be changed', Object.preventExtensions(new Lazy(async () => 'words'))]
  ])('gives its outcome also where it %s', async (_, odd) => {
    const { log, journal } = newLog()
    expect(await log.record(chat, () => odd)).toBe('words')
    await log.flush()
    expect(stages(journal)).toEqual([['complete', 'words']])
  })
})
