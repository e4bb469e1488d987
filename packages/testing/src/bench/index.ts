export { type AdapterBench, adapterBench, messages, type Use } from './adapter-bench.ts'
export { cannedFetch, cannedHandler } from './canned.ts'
