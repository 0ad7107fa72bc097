import { AutoRouter } from 'itty-router';

export default AutoRouter().get('/', () => 'hello from itty');
