// Node has it without an import.
export { Buffer } from 'buffer'
