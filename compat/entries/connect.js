import connect from 'connect';

export default connect().use('/', (_req, res) => res.end('hello from connect'));
