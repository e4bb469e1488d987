import { requireModule } from '../../base/require-module.ts'

/** A node of an expression, as far as it is looked at (cel/expr/syntax.proto). */
export interface CelNode {
  readonly id: bigint
  readonly exprKind:
    | {
        readonly case: 'constExpr'
        readonly value: { readonly constantKind: { readonly case?: string } }
      }
    | { readonly case: 'identExpr'; readonly value: { readonly name: string } }
    | {
        readonly case: 'selectExpr'
        readonly value: {
          readonly operand?: CelNode
          readonly field: string
          readonly testOnly: boolean
        }
      }
    | {
        readonly case: 'callExpr'
        readonly value: {
          readonly function: string
          readonly target?: CelNode
          readonly args: readonly CelNode[]
        }
      }
    | { readonly case: 'listExpr'; readonly value: { readonly elements: readonly CelNode[] } }
    | {
        readonly case: 'structExpr'
        readonly value: {
          readonly messageName: string
          readonly entries: readonly {
            readonly keyKind: { readonly case?: string; readonly value?: unknown }
            readonly value?: CelNode
          }[]
        }
      }
    | {
        readonly case: 'comprehensionExpr'
        readonly value: {
          readonly accuVar: string
          readonly accuInit?: CelNode
          readonly iterVar: string
          readonly iterRange?: CelNode
          readonly loopStep?: CelNode
          readonly loopCondition?: CelNode
          readonly result?: CelNode
        }
      }
    | { readonly case: undefined }
}

/** A parsed expression. */
export interface CelParsed {
  readonly expr?: CelNode
  /** Where each node stands: places in the text, from 0. */
  readonly sourceInfo?: { readonly positions: { readonly [id: string]: number } }
}

/** A function of CEL, of which there may be several of one name. */
export interface CelFunction {
  readonly target: unknown
  readonly arguments: readonly unknown[]
  readonly result: unknown
}

/** What is used of `@bufbuild/cel`. */
export interface Cel {
  celEnv(options: { readonly variables: object }): {
    readonly funcs: { find(name: string): Iterable<CelFunction> | undefined }
  }
  parse(text: string): CelParsed
  plan(env: object, parsed: CelParsed): (bindings: object) => unknown
  isCelError(value: unknown): boolean
  listType(of: unknown): unknown
  mapType(key: unknown, of: unknown): unknown
  readonly CelScalar: { readonly STRING: unknown; readonly DYN: unknown }
}

const PACKAGE = '@bufbuild/cel'
let loaded: Cel | undefined

/**
 * The package that reads CEL, an optional one that policies with `when` need: looked for beside this package, then from
 * the application's folder. Throws TypeError that says what to install.
 */
export function loadCel(): Cel {
  loaded ??= load()
  return loaded
}

function load(): Cel {
  try {
    return requireModule(PACKAGE) as Cel
  } catch (cause) {
    const message = `needs ${PACKAGE}, which is not installed here: npm install ${PACKAGE}`
    throw new TypeError(message, { cause })
  }
}
