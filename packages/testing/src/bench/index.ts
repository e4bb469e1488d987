export {
  type AdapterBench,
  adapterBench,
  type BenchClient,
  type Derive,
  messages,
  type Use
} from './adapter-bench.ts'
export { cannedFetch, cannedHandler } from './canned.ts'
