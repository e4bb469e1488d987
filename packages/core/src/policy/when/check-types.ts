import type { CelFunction, CelNode } from './cel.ts'

/** Types by name: `string`, `list(string)`, `map(string, dyn)`; `dyn` may be any. */
type TypeName = string

/** Something that an expression says and may not, and the node where. */
export class TypeFlaw extends Error {
  readonly node: CelNode

  constructor(node: CelNode, message: string) {
    super(message)
    this.node = node
  }
}

const OPERATORS: { readonly [name: string]: string } = {
  '!_': '!',
  '-_': '-',
  '@in': 'in',
  '_?_:_': '? :',
  '_[_]': '[ ]'
}

/** Functions that a library plans by itself, with what they take and give. */
const LOGIC = ['_||_', '_&&_']

const CONSTANTS: { readonly [name: string]: TypeName } = {
  stringValue: 'string',
  boolValue: 'bool',
  int64Value: 'int',
  uint64Value: 'uint',
  doubleValue: 'double',
  bytesValue: 'bytes',
  nullValue: 'null_type'
}

/** Finds the types of an expression's nodes, and what does not fit. */
export class TypeChecker {
  /** How deep loops stand in loops. */
  depth = 0
  /** How many nodes there are. */
  nodes = 0
  /** Variables that are read. */
  readonly names = new Set<string>()
  readonly #find: (name: string) => Iterable<CelFunction> | undefined

  constructor(find: (name: string) => Iterable<CelFunction> | undefined) {
    this.#find = find
  }

  /** The type of a node. Throws TypeFlaw. */
  typeOf(node: CelNode | undefined, scope: ReadonlyMap<string, TypeName>, depth = 0): TypeName {
    if (node === undefined) return 'dyn'
    this.nodes++
    this.depth = Math.max(this.depth, depth)
    const { exprKind: kind } = node
    switch (kind.case) {
      case 'constExpr':
        return CONSTANTS[kind.value.constantKind.case ?? ''] ?? 'dyn'
      case 'identExpr':
        return this.#variable(node, kind.value.name, scope)
      case 'selectExpr': {
        const of = this.typeOf(kind.value.operand, scope, depth)
        if (of !== 'dyn' && !of.startsWith('map(')) {
          throw new TypeFlaw(node, `a ${of} has no member ${kind.value.field}`)
        }
        return kind.value.testOnly ? 'bool' : 'dyn'
      }
      case 'callExpr':
        return this.#call(node, kind.value, scope, depth)
      case 'listExpr': {
        const types = kind.value.elements.map((each) => this.typeOf(each, scope, depth))
        return `list(${types.every((type) => type === types[0]) ? (types[0] ?? 'dyn') : 'dyn'})`
      }
      case 'structExpr':
        if (kind.value.messageName !== '') throw new TypeFlaw(node, 'messages cannot be made here')
        for (const entry of kind.value.entries) this.typeOf(entry.value, scope, depth)
        return 'map(dyn, dyn)'
      case 'comprehensionExpr':
        return this.#loop(node, kind.value, scope, depth)
      default:
        return 'dyn'
    }
  }

  #variable(node: CelNode, name: string, scope: ReadonlyMap<string, TypeName>): TypeName {
    const type = scope.get(name)
    if (type === undefined) {
      const known = [...scope.keys()].filter((each) => !each.startsWith('@')).join(', ')
      throw new TypeFlaw(node, `there is no ${name}; known are ${known}`)
    }
    this.names.add(name)
    return type
  }

  #call(
    node: CelNode,
    call: Extract<CelNode['exprKind'], { case: 'callExpr' }>['value'],
    scope: ReadonlyMap<string, TypeName>,
    depth: number
  ): TypeName {
    const { function: name, target, args } = call
    const on = target && this.typeOf(target, scope, depth)
    const types = args.map((each) => this.typeOf(each, scope, depth))
    const [first = 'dyn', second = 'dyn', third = 'dyn'] = types
    const refuse = (): never => {
      const shown = OPERATORS[name] ?? name.replaceAll('_', '')
      const all = (on === undefined ? types : [on, ...types]).join(', ')
      throw new TypeFlaw(node, `${shown} does not take ${all}`)
    }
    if (LOGIC.includes(name)) return types.every((type) => fits(type, 'bool')) ? 'bool' : refuse()
    if (name === '@not_strictly_false') return 'bool'
    if (name === '_?_:_') {
      if (!fits(first, 'bool')) return refuse()
      return second === third ? second : 'dyn'
    }
    if (name === '_[_]') {
      if (first.startsWith('list(')) return fits(second, 'int') ? elementOf(first) : refuse()
      return first === 'dyn' || first.startsWith('map(') ? 'dyn' : refuse()
    }
    if ((name === '_==_' || name === '_!=_') && !areComparable(first, second)) return refuse()
    if (name === '@in' && first !== 'dyn' && !areComparable(first, elementOf(second)))
      return refuse()
    const found = this.#find(name)
    if (found === undefined) throw new TypeFlaw(node, `there is no function ${name}`)
    const fitting = [...found].find(
      (one) =>
        (one.target === undefined) === (on === undefined) &&
        fits(on ?? 'dyn', String(one.target ?? 'dyn')) &&
        one.arguments.length === types.length &&
        one.arguments.every((wanted, at) => fits(types[at] ?? 'dyn', String(wanted)))
    )
    return fitting ? String(fitting.result) : refuse()
  }

  #loop(
    node: CelNode,
    loop: Extract<CelNode['exprKind'], { case: 'comprehensionExpr' }>['value'],
    scope: ReadonlyMap<string, TypeName>,
    depth: number
  ): TypeName {
    const range = this.typeOf(loop.iterRange, scope, depth)
    if (range !== 'dyn' && !/^(list|map)\(/.test(range)) {
      throw new TypeFlaw(node, `a loop goes over a list or a map, not over a ${range}`)
    }
    const found = this.typeOf(loop.accuInit, scope, depth)
    // A list that is made grows from an empty one.
    const accumulated = found.startsWith('list(') ? 'list(dyn)' : found
    const inside = new Map([
      ...scope,
      [loop.iterVar, elementOf(range)],
      [loop.accuVar, accumulated]
    ])
    this.typeOf(loop.loopCondition, inside, depth + 1)
    this.typeOf(loop.loopStep, inside, depth + 1)
    return this.typeOf(loop.result, inside, depth)
  }
}

function elementOf(type: TypeName): TypeName {
  return type.startsWith('list(') ? type.slice('list('.length, -1) : 'dyn'
}

function fits(given: TypeName, wanted: TypeName): boolean {
  if (given === 'dyn' || wanted === 'dyn' || given === wanted) return true
  return ['list(', 'map('].some((kind) => given.startsWith(kind) && wanted.startsWith(kind))
}

const NUMBERS: readonly TypeName[] = ['int', 'uint', 'double']

function areComparable(one: TypeName, other: TypeName): boolean {
  if (one === 'null_type' || other === 'null_type') return true
  return fits(one, other) || (NUMBERS.includes(one) && NUMBERS.includes(other))
}
