/** `rsgi/journey`: the way that each exchange takes through layers and middleware, told to whoever wants to see it. */
export type { ContentLook, EscapeVerdict, JourneyStep, ResponseLook } from '../rich/journal.ts';
export { type AnyGatewayApp, gatewayWaypoint } from './gateway-waypoint.ts';
export { type JourneySubscriber, journeys } from './journeys.ts';
export { nodeWaypoint } from './node-waypoint.ts';
export type { Journey, TimedStep } from './record.ts';
export { type Through, waypoint } from './waypoint.ts';
