import { isObject } from '@slm-audit/core/adapter'
import { isStructure, mapMembers, partsOf } from './parts.ts'

/** An answer that differs from one that a provider gave. */
export interface Disturbance {
  readonly name: string
  readonly events: readonly unknown[]
  /** Where the answer says to be of another content type. */
  readonly contentType?: string
  /** How many bytes of its end are cut off. */
  readonly cut?: number
  /** An event that comes under a name of its own. */
  readonly named?: { readonly at: number; readonly name: string }
}

/** Most places of a fixture at which members are renamed. */
const MOST = 24

const IDS = /^(id|call_id|item_id|tool_call_id|toolUseId)$/
const INDEX = /(^|_)index$|Index$/
const USAGE = /^(usage|usageMetadata|metrics)$/

/** Distinct words and numbers, so that each is found where it stands and nowhere else. */
function* distinct(): Generator<{ readonly words: string; readonly count: number }, never> {
  for (let next = 1; ; next++) yield { words: `zq${next}x `, count: 8_000_000 + next }
}

/** Answers like the one whose events are given, changed as other servers would give them. */
export function disturbancesOf(events: readonly unknown[], isStream: boolean): Disturbance[] {
  const all = [
    { name: 'as it is', events },
    ...membersChanged(events),
    ...identitiesChanged(events),
    ...countsChanged(events),
    ...contentsChanged(events)
  ]
  return isStream ? [...all, ...orderChanged(events), ...endsChanged(events)] : all
}

function membersChanged(events: readonly unknown[]): Disturbance[] {
  const places = [
    ...new Set(events.flatMap((event) => partsOf(event, isStructure).map(({ place }) => place)))
  ]
  const step = Math.max(1, Math.ceil(places.length / MOST))
  const renamed = places
    .filter((_place, at) => at % step === 0)
    .map((renamedPlace) => ({
      name: `${renamedPlace} has another name`,
      events: events.map((event) =>
        mapMembers(event, (name, member, place) => ({
          [place === renamedPlace ? `x_${name}` : name]: member
        }))
      )
    }))
  const more = distinct()
  const add = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(add)
    if (!isObject(value)) return value
    const { words, count } = more.next().value
    const members = Object.entries(value).map(([name, member]) => [name, add(member)])
    return { ...Object.fromEntries(members), x_words: words, x_count: count }
  }
  const repeatedPlace = events.map((event) =>
    mapMembers(event, (name, member) => ({
      [name]: member,
      ...(typeof member === 'string' && { [`${name}_again`]: `again ${member}` })
    }))
  )
  return [
    ...renamed,
    { name: 'each object has a text and a number more', events: events.map(add) },
    { name: 'each text is there under two names', events: repeatedPlace }
  ]
}

function identitiesChanged(events: readonly unknown[]): Disturbance[] {
  const withIds = (change: (id: unknown) => object, name: string) => ({
    name,
    events: events.map((event) =>
      mapMembers(event, (member, value) =>
        IDS.test(member) ? renameTo(member, change(value)) : { [member]: value }
      )
    )
  })
  const withIndex = (change: (index: number, at: number) => object, name: string) => ({
    name,
    events: events.map((event, at) =>
      mapMembers(event, (member, value) =>
        INDEX.test(member) && typeof value === 'number'
          ? renameTo(member, change(value, at))
          : { [member]: value }
      )
    )
  })
  return [
    withIds(() => ({ value: '' }), 'ids are empty'),
    withIds(() => ({ value: null }), 'ids are null'),
    withIds(() => ({}), 'there are no ids'),
    withIndex(() => ({}), 'there are no indices'),
    withIndex(() => ({ value: 0 }), 'all indices are 0'),
    withIndex((_index, at) => ({ value: at }), 'indices grow with each event'),
    withIndex((index) => ({ value: index + 7 }), 'indices begin late')
  ]
}

function renameTo(name: string, changed: { readonly value?: unknown }): Record<string, unknown> {
  return 'value' in changed ? { [name]: changed.value } : {}
}

function countsChanged(events: readonly unknown[]): Disturbance[] {
  const found = events.flatMap((event) => (isObject(event) ? Object.entries(event) : []))
  const [name, usage] = found.find(([member, value]) => USAGE.test(member) && isObject(value)) ?? []
  if (name === undefined) return []
  const without = events.map((event) =>
    mapMembers(event, (member, value, place) => (place === `/${name}` ? {} : { [member]: value }))
  )
  const inChoice = without.map((event, at) =>
    at === without.length - 1
      ? mapMembers(event, (member, value, place) => ({
          [member]: isFirstLevel(place, value) ? [{ ...value[0], usage }] : value
        }))
      : event
  )
  const zero = mapMembers(usage, (member, value) => ({
    [member]: typeof value === 'number' ? 0 : value
  }))
  return [
    { name: 'usage stands in the choice', events: inChoice },
    {
      name: 'usage has another name',
      events: [...without, { token_usage: usage }].slice(-events.length)
    },
    ...(events.length > 1
      ? [{ name: 'a usage of 0 comes last', events: [...events, { [name]: zero }] }]
      : [])
  ]
}

function isFirstLevel(place: string, value: unknown): value is [object] {
  return place.lastIndexOf('/') === 0 && Array.isArray(value) && isObject(value[0])
}

function contentsChanged(events: readonly unknown[]): Disturbance[] {
  const blocks = (isBlock: (at: number) => boolean, name: string) => {
    let at = 0
    return {
      name,
      events: events.map((event) =>
        mapMembers(event, (member, value) => ({
          [member]:
            member === 'content' && typeof value === 'string' && isBlock(at++)
              ? [{ type: 'text', text: value }]
              : value
        }))
      )
    }
  }
  const more = distinct()
  const words = events.map((event) =>
    mapMembers(event, (member, value) => ({
      [member]:
        /^(content|text|delta|thinking|response)$/.test(member) && typeof value === 'string'
          ? more.next().value.words
          : value
    }))
  )
  return [
    blocks(() => true, 'contents are blocks'),
    blocks((at) => at % 2 === 1, 'contents are texts and blocks in turn'),
    { name: 'all words are distinct', events: words }
  ]
}

function orderChanged(events: readonly unknown[]): Disturbance[] {
  const kinds = [...new Set(events.map(kindOf))].filter((kind) => kind !== undefined)
  const without = kinds.map((kind) => ({
    name: `there is no ${kind}`,
    events: events.filter((event) => kindOf(event) !== kind)
  }))
  const twice = events.flatMap((event) => [event, structuredClone(event)])
  const wholes = events.map((event) =>
    mapMembers(event, (member, value) =>
      member === 'delta' && isObject(value)
        ? { delta: value, message: { role: 'assistant', content: 'zqwhole message' } }
        : { [member]: value }
    )
  )
  return [
    ...without,
    { name: 'each event comes twice', events: twice },
    { name: 'events come backwards', events: [...events].reverse() },
    { name: 'a whole message stands beside each piece', events: wholes }
  ].filter((one) => one.events.length > 0)
}

function kindOf(event: unknown): string | undefined {
  const type = isObject(event) ? (event.type ?? event.event_type) : undefined
  return typeof type === 'string' ? type : undefined
}

const ERRORS: readonly (readonly [name: string, event: unknown])[] = [
  ['a text', { error: 'zqgone' }],
  ['an object', { error: { message: 'zqgone', code: 8_000_502, x_more: 'zqmore' } }],
  [
    'of a type',
    { type: 'error', error: { type: 'zqkind', message: 'zqgone' }, request_id: 'zqreq' }
  ],
  ['bare', { type: 'error', message: 'zqgone', code: 'zqcode', param: 'zqparam' }],
  ['an object: error', { object: 'error', message: 'zqgone', type: 'zqkind', code: 8_000_400 }],
  ['a list', { error: ['zqgone', 'zqmore'] }],
  [
    'with details',
    { error: { code: 8_000_503, status: 'zqstatus', details: [{ reason: 'zqwhy' }] } }
  ]
]

function endsChanged(events: readonly unknown[]): Disturbance[] {
  const places = [...new Set([0, Math.floor(events.length / 2), events.length])]
  const errors = ERRORS.flatMap(([form, error]) =>
    places.map((at) => ({
      name: `an error, ${form}, at ${at}`,
      events: [...events.slice(0, at), error, ...events.slice(at)]
    }))
  )
  const named = places.map((at) => ({
    name: `an event named error at ${at}`,
    events: [...events.slice(0, at), { message: 'zqgone', code: 8_000_502 }, ...events.slice(at)],
    named: { at, name: 'error' }
  }))
  const types = [
    'application/json',
    'application/json; charset=utf-8',
    'text/plain',
    'text/html',
    ''
  ]
  return [
    ...errors,
    ...named,
    ...types.map((contentType) => ({
      name: `of content type "${contentType}"`,
      events,
      contentType
    })),
    ...[2, 5, 9, 30].map((cut) => ({ name: `${cut} bytes cut off`, events, cut }))
  ]
}
