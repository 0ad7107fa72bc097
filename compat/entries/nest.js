import 'reflect-metadata';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

class Hello {
	hello() {
		return 'hello from Nest';
	}
}
// What @Controller(), @Get() and @Module() do, in JavaScript.
Get()(Hello.prototype, 'hello', Object.getOwnPropertyDescriptor(Hello.prototype, 'hello'));
Controller()(Hello);
class Main {}
Module({ controllers: [Hello] })(Main);

export default await NestFactory.create(Main, { logger: false });
