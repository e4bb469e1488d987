export { type RekorAnchorOptions, rekorAnchor } from './rekor-anchor.ts'
