//go:build !linux

package main

// confine does nothing: what confines here is made for Linux.
func confine() {}

// fewPortsMain is made for Linux too.
func fewPortsMain() {}
