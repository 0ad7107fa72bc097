import express from 'express';

export default express().get('/', (_req, res) => res.send('hello from Express'));
