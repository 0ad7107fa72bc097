import express from 'express4';

export default express().get('/', (_req, res) => res.send('hello from Express 4'));
