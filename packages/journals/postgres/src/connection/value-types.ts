import type { types } from 'pg'

const INT8 = 20
const INT8_LIST = 1016
const DATE = 1082

/** Numbers of 8 bytes are numbers here, as indices stay below 2^53; a date stays the text that it is. */
export function valueTypes(usual: typeof types) {
  return {
    getTypeParser(oid: number, format?: 'text' | 'binary') {
      if (oid === INT8) return Number
      if (oid === INT8_LIST) return numbersOf
      if (oid === DATE) return String
      return usual.getTypeParser(oid, format as 'text')
    }
  }
}

function numbersOf(list: string): number[] {
  return list === '{}' ? [] : list.slice(1, -1).split(',').map(Number)
}
