return await Dalgu.Commands.CommandLine.RunAsync(args);
