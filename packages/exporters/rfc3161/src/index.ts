export { type TimestampAnchorOptions, timestampAnchor } from './timestamp-anchor.ts'
