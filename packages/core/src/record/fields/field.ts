/** How a value stands in a header, and what of it may: see `fit.ts` for what becomes of the rest. */
export type Shape =
  | { readonly is: ScalarKind }
  | { readonly is: 'word'; readonly of: readonly (string | number)[] }
  | { readonly is: 'list'; readonly of: Shape }
  | { readonly is: 'map'; readonly of: Shape }
  | GroupShape

/** An object of fields. */
export interface GroupShape {
  readonly is: 'group'
  readonly of: Fields
  /** Name of the TypeScript interface; without it the type is written where it is used. */
  readonly as?: string
  /** Records of schema 1 have other members there, too. */
  readonly isOpenIn1?: true
  /** Records of schema 1 have anything there. */
  readonly isAnyIn1?: true
}

/**
 * - `text`: what the application declares on purpose; any text
 * - `name`: an identifier: letters, digits and `_.:/@+-`, at most 128; no address of a person, no path, no key
 * - `id`: an opaque identifier given by a server, at most 256 characters without white space
 * - `label`: a name, or two with `: ` between them
 * - `title`: a name of a model or a file, in which single spaces may be; of a path the last part
 * - `path`: the path of an address, whose unknown parts are `*`
 * - `count`: a whole number from 0; `number`: a finite number; `measure`: one from 0
 * - `digest`: SHA-256 in 64 lower-case hexadecimal digits; `instant`: RFC 3339 in UTC with milliseconds
 * - `facts`, `measures`: JSON as `splitFacts` and `splitMeasures` leave it
 * - `json`: any JSON
 */
export type ScalarKind =
  | 'text'
  | 'name'
  | 'id'
  | 'label'
  | 'title'
  | 'path'
  | 'count'
  | 'number'
  | 'measure'
  | 'flag'
  | 'digest'
  | 'instant'
  | 'facts'
  | 'measures'
  | 'json'

/** A field of a header, written down once: all that is known of it is made from this. */
export type Field = Shape & {
  /** One sentence, without a full stop, for types and documentation. */
  readonly says: string
  /** A record, or a group that is there, always has it. */
  readonly isNeeded?: true
  /** Stays where its group is moved out of a header that is too large. */
  readonly isKept?: true
}

/** Fields by name, in the order in which people read them. The header's own order is that of RFC 8785. */
export interface Fields {
  readonly [name: string]: Field
}

type More = Partial<Pick<Field, 'isNeeded' | 'isKept'>>

type GroupMore = Omit<GroupShape, 'is' | 'of'>

const scalar =
  (is: ScalarKind) =>
  (says: string, more: More = {}): Field => ({ is, says, ...more })

/** A field of kind `text`, see {@link ScalarKind}; `says` is its sentence. */
export const text = scalar('text')
/** A field of kind `name`, see {@link ScalarKind}; `says` is its sentence. */
export const name = scalar('name')
/** A field of kind `id`, see {@link ScalarKind}; `says` is its sentence. */
export const id = scalar('id')
/** A field of kind `label`, see {@link ScalarKind}; `says` is its sentence. */
export const label = scalar('label')
/** A field of kind `title`, see {@link ScalarKind}; `says` is its sentence. */
export const title = scalar('title')
/** A field of kind `path`, see {@link ScalarKind}; `says` is its sentence. */
export const path = scalar('path')
/** A field of kind `count`, see {@link ScalarKind}; `says` is its sentence. */
export const count = scalar('count')
/** A field of kind `number`, see {@link ScalarKind}; `says` is its sentence. */
export const number = scalar('number')
/** A field of kind `measure`, see {@link ScalarKind}; `says` is its sentence. */
export const measure = scalar('measure')
/** A field of kind `flag`, see {@link ScalarKind}; `says` is its sentence. */
export const flag = scalar('flag')
/** A field of kind `digest`, see {@link ScalarKind}; `says` is its sentence. */
export const digest = scalar('digest')
/** A field of kind `instant`, see {@link ScalarKind}; `says` is its sentence. */
export const instant = scalar('instant')
/** A field of kind `facts`, see {@link ScalarKind}; `says` is its sentence. */
export const facts = scalar('facts')
/** A field of kind `measures`, see {@link ScalarKind}; `says` is its sentence. */
export const measures = scalar('measures')

/** A field that holds one of these words or numbers. */
export const word = (of: readonly (string | number)[], says: string, more: More = {}): Field => ({
  is: 'word',
  of,
  says,
  ...more
})

/** A field that holds a list of values of one shape. */
export const list = (of: Shape, says: string, more: More = {}): Field => ({
  is: 'list',
  of,
  says,
  ...more
})

/** A field that holds values of one shape by names of others. */
export const map = (of: Shape, says: string, more: More = {}): Field => ({
  is: 'map',
  of,
  says,
  ...more
})

/** A field that holds fields of its own. */
export const group = (of: Fields, says: string, more: More & GroupMore = {}): Field => ({
  is: 'group',
  of,
  says,
  ...more
})

/** Items of a list that are groups, with the name of their TypeScript interface. */
export const items = (of: Fields, as?: string): GroupShape => ({
  is: 'group',
  of,
  ...(as && { as })
})

/** Marks fields that a record, or a group that is there, always has. */
export const NEEDED = { isNeeded: true } as const
/** Marks fields that stay where their group is moved out. */
export const KEPT = { isKept: true } as const
