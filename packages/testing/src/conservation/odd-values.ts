/** A value that a wire cannot carry, which code in the same process can hand over. */
export interface OddValue {
  readonly name: string
  /** Makes it afresh. */
  make(): unknown
  /** What of it a record must hold, in any place. */
  readonly says: readonly string[]
  /** Whether a mark must tell that it is not there as it came, or not all of it. */
  readonly isMarked?: true
}

/** Deeper than a copy goes. */
const DEEP = 2_000
const LONG = 5_000

const fails = () => {
  throw new Error('zqthrown')
}

class Shape {
  readonly told = 'zqfield'
  get derived(): string {
    return 'derived'
  }
}

/** Values of each kind that a record could lose. */
export const oddValues: readonly OddValue[] = [
  {
    name: 'a getter that throws',
    make: () =>
      Object.defineProperty({ told: 'zqbeside' }, 'gone', { get: fails, enumerable: true }),
    says: ['zqbeside'],
    isMarked: true
  },
  { name: 'a number without end', make: () => Number.NaN, says: ['NaN'] },
  {
    name: 'a large whole number',
    make: () => 9_007_199_254_740_993n,
    says: ['9007199254740993']
  },
  {
    name: 'what holds itself',
    make: () => {
      const value: { told: string; self?: unknown } = { told: 'zqround' }
      value.self = value
      return value
    },
    says: ['zqround'],
    isMarked: true
  },
  {
    name: 'a map',
    make: () => new Map([['zqkey', { told: 'zqmapped' }]]),
    says: ['zqkey', 'zqmapped']
  },
  { name: 'a set', make: () => new Set(['zqmember']), says: ['zqmember'] },
  {
    name: 'an error',
    make: () => new Error('zqwords', { cause: new TypeError('zqcause') }),
    says: ['zqwords', 'zqcause', 'TypeError']
  },
  {
    name: 'a date',
    make: () => new Date(86_400_000),
    says: ['1970-01-02T00:00:00.000Z']
  },
  {
    name: 'a proxy',
    make: () => new Proxy({ told: 'zqproxied' }, {}),
    says: ['zqproxied']
  },
  { name: 'a revoked proxy', make: revoked, says: [], isMarked: true },
  {
    name: 'a proxy that lists nothing',
    make: () => new Proxy({}, { ownKeys: fails }),
    says: [],
    isMarked: true
  },
  {
    name: 'what fails to say what it is in JSON',
    make: () => ({ told: 'zqunsaid', toJSON: fails }),
    says: ['zqunsaid']
  },
  { name: 'an object of a class', make: () => new Shape(), says: ['zqfield'] },
  {
    name: 'an object of no class',
    make: () => Object.assign(Object.create(null) as object, { told: 'zqbare' }),
    says: ['zqbare']
  },
  {
    name: 'a member of the name of prototypes',
    make: () => JSON.parse('{"__proto__":{"told":"zqproto"}}') as unknown,
    says: ['zqproto']
  },
  { name: 'a deep value', make: deep, says: [], isMarked: true },
  {
    name: 'a long list',
    make: () => Array.from({ length: LONG }, (_, at) => `zq${at}`),
    says: ['zq0', `zq${LONG - 1}`]
  },
  {
    name: 'bytes',
    make: () => new Uint8Array([122, 113, 33]),
    says: ['7e7e1fe08d84b09bb7aed03facd1998645371e04d0683722d8b6ef4dcfa46ea1']
  }
]

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function deep(): unknown {
  let value: unknown = 'zqbottom'
  for (let count = 0; count < DEEP; count++) value = { value }
  return value
}
